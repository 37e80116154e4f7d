import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeWorld } from "../host/node-world.ts";
import { assembleDetypify } from "../journey/assemble-detypify.ts";
import { softmax, toPlanes } from "./onnx-classifier.ts";
import { openEngine } from "./open-engine.ts";

const world = nodeWorld();
const scratch = mkdtempSync(join(tmpdir(), "frugal-onnx-"));
const folder = join(scratch, "symbols");
beforeAll(async () => void (await assembleDetypify(world, folder)));
afterAll(() => rmSync(scratch, { recursive: true }));
const open = () => openEngine(world, { task: "image-classification", model: folder });

test("pixels become planes, scaled, shifted and divided per channel", () => {
  const image = { width: 2, height: 1, channels: 3 as const, scale: 0.5, mean: [1, 0, 0], std: [1, 2, 4] };
  expect([...toPlanes(Uint8Array.of(2, 4, 8, 4, 8, 16), image)]).toEqual([0, 1, 1, 2, 1, 2]);
});

test("softmax sums to one for logits that exp cannot take, and refuses NaN", () => {
  expect(softmax(Float32Array.of(1_000, 1_000))).toEqual([0.5, 0.5]);
  expect(() => softmax(Float32Array.of(1, Number.NaN))).toThrow(
    expect.objectContaining({ code: "model-output-invalid" }),
  );
});

test("weights that have become NaN end in an invalid output, not in labels", async () => {
  const path = join(folder, "model.onnx");
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  // All bits set is NaN in every alignment; the middle of the file lies inside a weight tensor.
  const middle = whole.length >> 1;
  damaged.fill(0xff, middle, middle + 4_000);
  writeFileSync(path, damaged);
  const engine = await open();
  const { default: sharp } = await import("sharp");
  const create = { width: 64, height: 64, channels: 3 as const, background: "white" };
  const bytes = await sharp({ create }).png().toBuffer();
  await expect(engine.run([{ kind: "image", bytes }], {})).rejects.toMatchObject({
    code: "model-output-invalid",
  });
  await engine.close();
  writeFileSync(path, whole);
});

test("a manifest that names a file outside its folder, or no scale, is refused", async () => {
  const path = join(folder, "frugal.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const change = (part: object): void => writeFileSync(path, JSON.stringify({ ...manifest, ...part }));
  change({ weights: "../other.onnx" });
  await expect(open()).rejects.toMatchObject({
    code: "bad-model",
    message: expect.stringContaining("../other.onnx"),
  });
  change({ input: { ...manifest.input, scale: undefined } });
  await expect(open()).rejects.toMatchObject({ code: "bad-model" });
  change({ dtype: "fast" });
  await expect(open()).rejects.toMatchObject({ code: "bad-model", message: expect.stringContaining("fast") });
  change({ labels: ["one"] });
  const engine = await open();
  const { default: sharp } = await import("sharp");
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  await expect(engine.run([{ kind: "image", bytes }], {})).rejects.toMatchObject({ code: "bad-model" });
  await engine.close();
  change({});
});

test("a dtype that the manifest does not state is refused", async () => {
  const opening = openEngine(world, { task: "image-classification", model: folder, dtype: "q8" });
  await expect(opening).rejects.toMatchObject({ code: "bad-option", remedy: "use fp32" });
});

test("weights cut at any byte are incomplete", async () => {
  const path = join(folder, "model.onnx");
  const whole = readFileSync(path);
  for (const size of [0, 1, 1_000, whole.length >> 1, whole.length - 1]) {
    truncateSync(path, size);
    await expect(open(), `${size} bytes`).rejects.toMatchObject({ code: "model-incomplete" });
    writeFileSync(path, whole);
  }
});
