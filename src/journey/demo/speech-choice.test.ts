import { expect, test } from "vitest";
import { type WorkingWorld, workingWorld } from "../../../test/support/working-world.ts";
import type { EngineFacts } from "../../engines/engine.ts";
import { openBook } from "./receipt-book.ts";
import { speechChoice } from "./speech-choice.ts";
import type { Clip } from "./speech-clips.ts";

const FACTS = {
  engine: "transformers.js",
  task: "automatic-speech-recognition",
  model: "fake",
  dtype: "q8",
  dtypeFrom: "only one",
  device: "cpu",
  versions: { engine: "1.0.0" },
  files: [{ path: "model.onnx", size_b: 123, sha256: "0".repeat(64) }],
  batchSize: 1,
} satisfies EngineFacts;

const clip = (name: string, transcript: string, seconds: number): Clip => ({
  name,
  transcript,
  samples: new Float32Array(seconds),
  seconds,
});
const CLIPS = [clip("a.wav", "ten of clubs", 2), clip("b.wav", "he was not an ill disposed young man", 4)];

async function run(heard: readonly string[]) {
  const world: WorkingWorld = workingWorld();
  const book = openBook(world, { signal: new AbortController().signal, progress: () => {} });
  const transcribe = async (samples: Float32Array): Promise<string> => {
    world.work(samples.length / 10);
    return heard[CLIPS.findIndex((one) => one.samples === samples)]!;
  };
  const report = await speechChoice({
    world,
    book,
    clips: { clips: CLIPS, sha256: "f".repeat(64) },
    transcriber: { facts: FACTS, transcribe },
    parents: [],
    rounds: 3,
  });
  return { report, receipts: book.receipts };
}

test("a model that hears well is reused, with its rate, its clips and its energy per minute", async () => {
  const { report, receipts } = await run(["Ten of clubs.", "He was not an ill-disposed young man."]);
  expect(report.picked).toBe("fake");
  const [model] = report.candidates;
  expect(model!.quality.median).toEqual({ low: 0, value: 0, high: 0 });
  expect(model!.items).toMatchObject([{ words: 3, errors: 0 }, { words: 8, errors: 0, duration_s: 4 }]);
  expect(model!.size_b).toBe(123);
  // A tenth of a second for each second of speech.
  expect(model!.duration_s).toBeCloseTo(6, 6);
  expect(model!.energy).toMatchObject({ status: "modelled", repeats: 3, unit: "1 minute of speech" });
  expect(receipts.map(({ kind }) => kind)).toEqual(["evaluate", "choose"]);
  expect(receipts[1]!.parents).toEqual([receipts[0]!.id]);
  expect(model!.receipts).toEqual(receipts.map(({ id }) => id));
}); // biome-ignore format: items in one row

test("a model that hears badly is not picked", async () => {
  const { report } = await run(["ten of hearts", "he was an ill sposed young man"]);
  expect(report).not.toHaveProperty("picked");
  expect(report.candidates[0]).toMatchObject({ floor: "misses", items: [{ errors: 1 }, { errors: 2 }] });
});

test("training anew is a published figure with a range and sources, and nothing is called saved", async () => {
  const { report } = await run(["ten of clubs", "he was not an ill disposed young man"]);
  const [training] = report.published!;
  expect(training!.unit).toBe("kWh");
  // 2 GPUs × 1.5 h × 40 epochs × 0.3 kW × 1.58; half of the power without overhead; 8 GPUs × 55/6 h × 20 epochs × 0.3 kW × 1.58.
  expect(training!.value.value).toBeCloseTo(56.88, 6);
  expect(training!.value.low).toBeCloseTo(18, 6);
  expect(training!.value.high).toBeCloseTo(695.2, 6);
  expect(training!.source).toContain("1058");
  expect(report.honesty[0]).toBe(
    "A new model of this kind would cost about 57 kWh, range 18 to 700 kWh: estimated from above by the GPU-hours of two published trainings, both on less speech than this model's.",
  );
  expect(report.honesty[1]).toContain("nothing of it is counted as saved");
  expect(report.candidates[0]!.energy).not.toHaveProperty("train_j");
});
