import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { FrugalError } from "../core/error.ts";
import { type Meter, unmetered } from "../core/meter.ts";
import type { Files } from "../core/ports.ts";
import type { ProgressEvent } from "../core/progress.ts";
import type { Engine, EngineFacts } from "../engines/engine.ts";
import { readWav } from "../formats/wav.ts";
import { nodeWorld } from "../host/node-world.ts";
import { assembleMoonshine } from "../journey/assemble-moonshine.ts";
import { packagedMiniLm } from "../journey/packaged-models.ts";
import { runTask } from "./run-task.ts";

const world = nodeWorld();
const scratch = mkdtempSync(join(tmpdir(), "frugal-run-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("a run names its spans, reports progress and says what was done with what", async () => {
  const spans: string[] = [];
  const meter: Meter = {
    ...unmetered,
    span: async (name, work) => {
      spans.push(name);
      return await work();
    },
  };
  const events: ProgressEvent[] = [];
  const inputs = Array.from({ length: 20 }, (_, at) => ({
    name: `t${at}`,
    item: { kind: "text" as const, text: `text ${at}` },
  }));
  const { results, work, subject } = await runTask({
    world,
    meter,
    task: "feature-extraction",
    model: await packagedMiniLm(world.files),
    inputs,
    progress: (event) => events.push(event),
  });
  expect(results.map(({ name }) => name)).toEqual(inputs.map(({ name }) => name));
  expect(results[0]!.output.kind === "vector" && results[0]!.output.vector.length).toBe(384);
  expect(work).toEqual({ unit: "text", count: 20 });
  expect(subject).toMatchObject({
    id: "all-MiniLM-L6-v2-ONNX",
    dtype: "q4",
    engine: "transformers.js",
    device: "cpu",
  });
  expect(spans).toEqual(["load", "run"]);
  expect(events.at(-1)).toEqual({ kind: "advance", done: 20, total: 20 });
});

test("a clip at 44.1 kHz is heard like its original at 16 kHz", async () => {
  const model = await assembleMoonshine(world, join(scratch, "moonshine"));
  const path = join(import.meta.dirname, "../../test/fixtures/speech/cards-001.wav");
  const original = readWav("cards-001.wav", readFileSync(path));
  const { resample } = await import("../formats/resample.ts");
  const sound = { samples: resample(original, 44_100), rateHz: 44_100 };
  const { results } = await runTask({
    world,
    meter: unmetered,
    task: "automatic-speech-recognition",
    model,
    inputs: [{ name: "clip", item: { kind: "sound", sound } }],
  });
  expect(results).toEqual([{ name: "clip", output: { kind: "text", text: "Ten of clubs." } }]);
});

test("a task that needs labels asks for them before any model is opened", async () => {
  const run = runTask({
    world,
    meter: unmetered,
    task: "zero-shot-classification",
    model: "nowhere",
    inputs: [],
  });
  await expect(run).rejects.toMatchObject({ code: "bad-option", remedy: expect.stringContaining("--label") });
});

test("every file call that fails while a model folder is read ends in a clear error", async () => {
  const folder = join(scratch, "minilm");
  cpSync(await packagedMiniLm(world.files), folder, { recursive: true });
  const request = {
    meter: unmetered,
    task: "feature-extraction" as const,
    model: folder,
    inputs: [{ name: "x", item: { kind: "text" as const, text: "x" } }],
  };
  for (let failing = 1; ; failing++) {
    let calls = 0;
    const fail = (): void => {
      if (++calls === failing) throw Object.assign(new Error("EIO: simulated"), { code: "EIO" });
    };
    const files: Files = {
      ...world.files,
      readText: async (path: string) => {
        fail();
        return await world.files.readText(path);
      },
      readBytes: async (path: string) => {
        fail();
        return await world.files.readBytes(path);
      },
      async *stream(path: string) {
        fail();
        yield* world.files.stream(path);
      },
      list: async (path: string) => {
        fail();
        return await world.files.list(path);
      },
      stat: async (path: string) => {
        fail();
        return await world.files.stat(path);
      },
    };
    const failure = await runTask({ ...request, world: { ...world, files } }).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (calls < failing) {
      expect(failure).toBeUndefined();
      break;
    }
    expect(failure, `call ${failing}`).toMatchObject({ name: "FrugalError" });
  }
});

test("an engine is closed when its run fails, and its failure is the run's", async () => {
  let closed = 0;
  const failing = {
    facts: { batchSize: 1 } as EngineFacts,
    run: () => Promise.reject(new Error("no")),
    close: async () => void closed++,
  };
  const inputs = [{ name: "x", item: { kind: "text" as const, text: "x" } }];
  const run = runTask({
    world,
    meter: unmetered,
    task: "feature-extraction",
    model: "m",
    inputs,
    open: async () => failing,
  });
  await expect(run).rejects.toThrow("no");
  expect(closed).toBe(1);
});

test.each([
  ["unsupported-input", 1, "photo-1.png: it is broken"],
  ["model-output-invalid", 16, "one of 2 inputs, photo-0.png among them: it is broken"],
  ["engine-crashed", 1, "it is broken"],
] as const)(
  "%s of a batch of at most %i names the inputs where they are to blame",
  async (code, batchSize, what) => {
    const facts = { batchSize, sampleRateHz: 16_000 } as unknown as EngineFacts;
    const run: Engine["run"] = (batch) =>
      batch.some((item) => item.kind === "text" && item.text === "bad")
        ? Promise.reject(new FrugalError({ code, what: "it is broken", why: "why", remedy: "remedy" }))
        : Promise.resolve(batch.map(() => ({ kind: "text", text: "fine" })));
    const inputs = ["good", "bad"].map((text, at) => ({
      name: `photo-${at}.png`,
      item: { kind: "text" as const, text },
    }));
    const done = runTask({
      world,
      meter: unmetered,
      task: "text-classification",
      model: "m",
      inputs,
      open: async () => ({ facts, run, close: async () => {} }),
    });
    await expect(done).rejects.toMatchObject({ code, what, why: "why", remedy: "remedy" });
  },
);
