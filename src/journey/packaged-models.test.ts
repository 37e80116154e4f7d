import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import type { EngineOutput } from "../engines/engine.ts";
import { openEngine } from "../engines/open-engine.ts";
import { readWav } from "../formats/wav.ts";
import { nodeWorld } from "../host/node-world.ts";
import { type Transcript, wordEdits, wordErrorRate } from "../score/word-error-rate.ts";
import { assembleDetypify } from "./assemble-detypify.ts";
import { assembleMoonshine } from "./assemble-moonshine.ts";
import { packageFolder } from "./packaged-models.ts";

const world = nodeWorld();
const scratch = mkdtempSync(join(tmpdir(), "frugal-models-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const SPEECH = join(import.meta.dirname, "../../test/fixtures/speech");

test("Moonshine writes down the labelled clips with at most 5 % wrong words, and JFK word for word", async () => {
  const folder = await assembleMoonshine(world, join(scratch, "moonshine"));
  const engine = await openEngine(world, { task: "automatic-speech-recognition", model: folder });
  expect(engine.facts).toMatchObject({ dtype: "q8", sampleRateHz: 16_000, batchSize: 1 });
  const hear = async (name: string): Promise<string> => {
    const { samples } = readWav(name, readFileSync(join(SPEECH, name)));
    const [output] = await engine.run([{ kind: "audio", samples }], {});
    return output?.kind === "text" ? output.text : "";
  };
  expect(await hear("jfk.wav")).toBe(
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
  );
  const transcripts: Record<string, string> = JSON.parse(
    readFileSync(join(SPEECH, "transcripts.json"), "utf8"),
  );
  const heard: Transcript[] = [];
  for (const [name, reference] of Object.entries(transcripts)) {
    heard.push({ reference, hypothesis: await hear(name) });
  }
  await engine.close();
  expect(heard.reduce((sum, each) => sum + wordEdits(each).words, 0)).toBe(92);
  expect(wordErrorRate(heard, seededRandom(1)).value).toBeLessThanOrEqual(0.05);
});

test("an assembled folder that was cut off is made whole again", async () => {
  const folder = join(scratch, "again");
  await assembleMoonshine(world, folder);
  truncateSync(join(folder, "onnx/encoder_model_quantized.onnx"), 1_000);
  await assembleMoonshine(world, folder);
  const engine = await openEngine(world, { task: "automatic-speech-recognition", model: folder });
  await engine.close();
});

test.each(["tokenizer.json", "preprocessor_config.json"])(
  "speech without %s is an incomplete model",
  async (name) => {
    const folder = join(scratch, "lacking");
    await assembleMoonshine(world, folder);
    rmSync(join(folder, name));
    const opening = openEngine(world, { task: "automatic-speech-recognition", model: folder });
    await expect(opening).rejects.toMatchObject({
      code: "model-incomplete",
      message: expect.stringContaining(name),
    });
  },
);

/** White strokes, 8 pixels wide, on black, as a PNG. */
const drawing = async (path: string): Promise<Uint8Array> =>
  await sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="448" height="448" viewBox="0 0 224 224">` +
        `<rect width="224" height="224" fill="black"/>` +
        `<path d="${path}" fill="none" stroke="white" stroke-width="8"/></svg>`,
    ),
  )
    .png()
    .toBuffer();

test("Detypify recognises drawn symbols through the plain ONNX engine", async () => {
  const folder = await assembleDetypify(world, join(scratch, "detypify"));
  const engine = await openEngine(world, { task: "image-classification", model: folder });
  expect(engine.facts).toMatchObject({ engine: "onnxruntime", dtype: "fp32", device: "cpu" });
  const outputs = await engine.run(
    [
      { kind: "image", bytes: await drawing("M170 40 L55 40 L120 112 L55 184 L170 184") },
      {
        kind: "image",
        bytes: await drawing(
          "M112 112 C140 70 190 70 190 112 C190 154 140 154 112 112 C84 70 34 70 34 112 C34 154 84 154 112 112",
        ),
      },
    ],
    { top: 3 },
  );
  const best = (output: EngineOutput | undefined): string[] =>
    output?.kind === "labels" ? output.labels.map(({ label }) => label) : [];
  expect(best(outputs[0])[0]).toBe("sum");
  expect(best(outputs[1])[0]).toBe("infinity");
  expect(best(outputs[0])).toHaveLength(3);
  await expect(engine.run([{ kind: "image", bytes: new Uint8Array(10) }], {})).rejects.toMatchObject({
    code: "unsupported-input",
  });
  // A bad picture is no reason to load the model again.
  const next = await engine.run([{ kind: "image", bytes: await drawing("M112 20 L112 200") }], { top: 1 });
  expect(best(next[0])).toHaveLength(1);
  await engine.close();
});

test("a package that is not installed is named", () => {
  expect(() => packageFolder("no-such-package-anywhere")).toThrow(
    expect.objectContaining({
      code: "file-missing",
      message: expect.stringContaining("no-such-package-anywhere"),
    }),
  );
});
