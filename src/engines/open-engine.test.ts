import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeWorld } from "../host/node-world.ts";
import { packagedMiniLm } from "../journey/packaged-models.ts";
import { type Embedder, openEmbedder } from "./embedder.ts";
import { openEngine } from "./open-engine.ts";

const world = nodeWorld();
const scratch = mkdtempSync(join(tmpdir(), "frugal-engine-"));
let miniLm: string;
let embedder: Embedder;
beforeAll(async () => {
  miniLm = await packagedMiniLm(world.files);
  embedder = await openEmbedder(world, { model: miniLm });
});
afterAll(async () => {
  await embedder.close();
  rmSync(scratch, { recursive: true });
});

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);

test("MiniLM finds dinner nearer to an evening meal than to the stock market", async () => {
  const [dinner, meal, stock] = await embedder.embed([
    "What should I eat for dinner?",
    "Give me an idea for an evening meal.",
    "The stock market fell today.",
  ]);
  expect(dot(dinner!, meal!)).toBeCloseTo(0.657, 2);
  expect(dot(dinner!, stock!)).toBeLessThan(0.1);
  expect(dot(dinner!, dinner!)).toBeCloseTo(1, 5);
});

test("the engine states dtype, device, versions and the digest of every file", () => {
  const { facts } = embedder;
  expect(facts).toMatchObject({
    engine: "transformers.js",
    dtype: "q4",
    dtypeFrom: "only one",
    device: "cpu",
    model: "all-MiniLM-L6-v2-ONNX",
    versions: { "@huggingface/transformers": "4.3.1", "onnxruntime-node": "1.30.0" },
  });
  expect(facts.files.find((file) => file.path === "onnx/model_q4.onnx_data")?.sha256).toMatch(
    /^56fb7a55115e9001/,
  );
});

test("vectors do not depend on the order of the texts nor on their neighbours", async () => {
  const texts = Array.from({ length: 40 }, (_, at) => `sentence ${at} ${"and more ".repeat((at * 7) % 23)}`);
  const forward = await embedder.embed(texts);
  const backward = (await embedder.embed([...texts].reverse())).reverse();
  const alone = await embedder.embed([texts[3]!]);
  for (const [at, vector] of forward.entries()) expect(dot(vector, backward[at]!)).toBeGreaterThan(0.99999);
  expect(dot(forward[3]!, alone[0]!)).toBeGreaterThan(0.99999);
});

test("maxTokens cuts long texts", async () => {
  const short = await openEmbedder(world, { model: miniLm, maxTokens: 8 });
  const same = "one two three four five six seven eight";
  const [cut, whole] = await short.embed([`${same} nine`, `${same} entirely different words`]);
  await short.close();
  expect(dot(cut!, whole!)).toBeGreaterThan(0.99999);
});

function brokenCopy(name: string): string {
  const folder = join(scratch, name);
  cpSync(miniLm, folder, { recursive: true });
  return folder;
}

test.each([
  ["config.json", "is missing", (folder: string) => rmSync(join(folder, "config.json"))],
  [
    "tokenizer.json",
    "is not whole JSON",
    (folder: string) => truncateSync(join(folder, "tokenizer.json"), 9_000),
  ],
  ["onnx/model_q4.onnx", "is empty", (folder: string) => truncateSync(join(folder, "onnx/model_q4.onnx"), 0)],
  [
    "onnx/model_q4.onnx",
    "is cut off",
    (folder: string) => truncateSync(join(folder, "onnx/model_q4.onnx"), 40_000),
  ],
  [
    "onnx/model_q4.onnx_data",
    "is missing",
    (folder: string) => rmSync(join(folder, "onnx/model_q4.onnx_data")),
  ],
  [
    "onnx/model_q4.onnx_data",
    "bytes",
    (folder: string) => truncateSync(join(folder, "onnx/model_q4.onnx_data"), 1e6),
  ],
])("a folder whose %s %s is named as incomplete", async (file, why, damage) => {
  const folder = brokenCopy("broken");
  damage(folder);
  const opening = openEngine(world, { task: "feature-extraction", model: folder });
  await expect(opening).rejects.toMatchObject({
    code: "model-incomplete",
    message: expect.stringContaining(file),
  });
  await expect(openEngine(world, { task: "feature-extraction", model: folder })).rejects.toThrow(why);
  rmSync(folder, { recursive: true });
});

test("weights that are whole protobuf but no model are a clear error, and the parent lives", async () => {
  const folder = brokenCopy("nonsense");
  // One ModelProto.graph field, which is empty.
  writeFileSync(join(folder, "onnx/model_q4.onnx"), Uint8Array.of(0x3a, 0));
  const opening = openEngine(world, { task: "feature-extraction", model: folder });
  await expect(opening).rejects.toMatchObject({
    code: expect.stringMatching(/^(bad-model|engine-crashed)$/),
  });
});

test("a task that the architecture does not do names those that it does", async () => {
  const opening = openEngine(world, { task: "text-classification", model: miniLm });
  await expect(opening).rejects.toMatchObject({
    code: "wrong-task",
    remedy: "use it for feature-extraction, or choose a model made for text-classification",
  });
});

test("a dtype that the folder does not hold is refused, naming those that it does", async () => {
  const opening = openEngine(world, { task: "feature-extraction", model: miniLm, dtype: "fp32" });
  await expect(opening).rejects.toMatchObject({ code: "bad-option", remedy: "use q4" });
});

test("a hub id without a network, offline and never fetched, says so", async () => {
  const offline = { ...world, env: { HF_HUB_OFFLINE: "1", FRUGAL_HOME: scratch } };
  const opening = openEngine(offline, { task: "feature-extraction", model: "owner/name" });
  await expect(opening).rejects.toMatchObject({ code: "network-unavailable" });
});

test("an abort ends the child and the run", async () => {
  const doomed = await openEmbedder(world, { model: miniLm });
  const controller = new AbortController();
  const run = doomed.embed(Array(500).fill("a long text ".repeat(100)), controller.signal);
  controller.abort();
  await expect(run).rejects.toMatchObject({ code: "aborted" });
  await expect(doomed.embed(["again"])).rejects.toMatchObject({ code: "aborted" });
});
