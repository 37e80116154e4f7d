import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fakeEmbedder } from "../../test/support/fake-embedder.ts";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { unmetered } from "../core/meter.ts";
import type { ProgressEvent } from "../core/progress.ts";
import { openEmbedder } from "../engines/embedder.ts";
import { type OpenOptions, openEngine } from "../engines/open-engine.ts";
import { nodeWorld } from "../host/node-world.ts";
import { packagedMiniLm } from "../journey/packaged-models.ts";
import { trainEmbeddingClassifier } from "./embedding-classifier.ts";
import { openClassifier } from "./open-classifier.ts";
import { openModel } from "./open-model.ts";
import { runTask } from "./run-task.ts";
import { saveClassifier } from "./save-classifier.ts";
import { trainTfidfClassifier } from "./tfidf-classifier.ts";

const world = nodeWorld();
const scratch = mkdtempSync(join(tmpdir(), "frugal-classifier-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const MEALS = ["soup and bread", "a plate of pasta", "roast potatoes", "apple pie for dessert"];
const TRIPS = ["the train to Rome", "a ticket for the ferry", "we fly on Monday", "the night bus is full"];
const EXAMPLES = [
  ...MEALS.map((text) => ({ text, label: "food" })),
  ...TRIPS.map((text) => ({ text, label: "travel" })),
];
const words = join(scratch, "words");
beforeAll(async () => await saveClassifier(world.files, words, await trainTfidfClassifier(EXAMPLES)));

const task = "text-classification" as const;
const item = (text: string) => ({ kind: "text" as const, text });

test("a TF-IDF folder runs as a task like any other model, and states what ran", async () => {
  const { results, facts, subject } = await runTask({
    world,
    meter: unmetered,
    task,
    model: words,
    inputs: [{ name: "one", item: item("bread and potatoes") }],
    options: { top: 1 },
  });
  expect(results).toEqual([
    { name: "one", output: { kind: "labels", labels: [{ label: "food", score: expect.any(Number) }] } },
  ]);
  expect(facts).toMatchObject({ engine: "frugal tf-idf", model: "words", dtype: "fp32", device: "cpu" });
  expect(facts.versions).toHaveProperty("frugal");
  expect(subject.files?.map(({ path }) => path)).toEqual([
    "frugal.json",
    "weights.safetensors",
    "vocabulary.json",
  ]);
});

test("a MiniLM folder with its encoder inside runs after it was moved, with the scores of training", async () => {
  const copy = join(scratch, "trained/minilm");
  cpSync(await packagedMiniLm(world.files), copy, { recursive: true });
  const encoder = await openEmbedder(world, { model: copy, maxTokens: 32 });
  const classifier = await trainEmbeddingClassifier(encoder, EXAMPLES);
  await saveClassifier(world.files, join(scratch, "trained"), classifier);
  const texts = ["What shall we cook tonight?", "Is there a seat on the last plane?"];
  const wanted = await classifier.classify(texts);
  await encoder.close();
  cpSync(join(scratch, "trained"), join(scratch, "moved"), { recursive: true });
  rmSync(join(scratch, "trained"), { recursive: true });
  const engine = await openModel(world, { task, model: join(scratch, "moved") });
  const outputs = await engine.run(texts.map(item), {});
  await engine.close();
  expect(outputs).toEqual(wanted.map((labels) => ({ kind: "labels", labels })));
  expect(wanted.map(([first]) => first!.label)).toEqual(["food", "travel"]);
  expect(engine.facts).toMatchObject({
    engine: "frugal embeddings",
    model: "moved",
    dtype: "q4",
    versions: { "@huggingface/transformers": expect.any(String), frugal: expect.any(String) },
  });
  expect(engine.facts.files.map(({ path }) => path)).toContain("encoder/onnx/model_q4.onnx");
});

test("options that would make it another model are refused before any encoder is opened", async () => {
  const fake = fakeWorld({ files: { "/letters/config.json": "{}" } });
  const encoder = fakeEmbedder({ model: "/letters", maxTokens: 64 });
  await saveClassifier(fake.files, "/mine", await trainEmbeddingClassifier(encoder, EXAMPLES));
  const never = { open: () => Promise.reject(new Error("opened")) };
  const opening = (options: Partial<OpenOptions>) =>
    openClassifier(fake, { task, model: "/mine", ...options }, never);
  await expect(opening({ task: "feature-extraction" })).rejects.toMatchObject({ code: "wrong-task" });
  await expect(opening({ dtype: "fp32" })).rejects.toMatchObject({ code: "bad-option", remedy: "use q4" });
  await expect(opening({ maxTokens: 65 })).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringContaining("trained with 64"),
  });
  await expect(opening({ maxTokens: 64, dtype: "q4" })).rejects.toThrow("opened");
  const withWords = (options: Partial<OpenOptions>) =>
    openClassifier(world, { task, model: words, ...options });
  await expect(withWords({ maxTokens: 64 })).rejects.toMatchObject({ code: "bad-option" });
  await expect(withWords({ dtype: "q8" })).rejects.toMatchObject({ code: "bad-option", remedy: "use fp32" });
});

test("texts without a known word are noted, and an abort ends the run", async () => {
  const events: ProgressEvent[] = [];
  const progress = (event: ProgressEvent) => void events.push(event);
  const engine = await openModel(world, { task, model: words, progress });
  await engine.run([item("qqq"), item("bread")], {});
  expect(events).toEqual([
    { kind: "advance", done: 2, total: 2 },
    { kind: "note", text: expect.stringContaining("1 of 2 texts") },
  ]);
  await expect(engine.run([item("x")], {}, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});

test("a folder that holds no classifier says so; openEngine names who opens one", async () => {
  const empty = join(scratch, "empty");
  cpSync(words, empty, { recursive: true });
  rmSync(join(empty, "frugal.json"));
  const opening = (model: string) => openClassifier(world, { task, model });
  await expect(opening(empty)).rejects.toMatchObject({ code: "file-missing" });
  await expect(opening(join(scratch, "nowhere"))).rejects.toMatchObject({ code: "file-missing" });
  writeFileSync(join(empty, "frugal.json"), "{");
  await expect(openModel(world, { task, model: empty })).rejects.toMatchObject({ code: "bad-model" });
  await expect(openEngine(world, { task, model: words })).rejects.toMatchObject({
    code: "wrong-task",
    remedy: expect.stringContaining("openModel"),
  });
});
