import { expect, test } from "vitest";
import type { EngineItem, EngineOutput, RunOptions } from "./engine.ts";
import { callPipeline } from "./pipeline-call.ts";
import type { Pipeline } from "./pipeline-options.ts";
import { TASKS, type Task } from "./task-table.ts";

const image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
const picture = { ...image };
const text: EngineItem = { kind: "text", text: "a [MASK] fox" };
const photo: EngineItem = { kind: "image", bytes: Uint8Array.of(1) };
const sound: EngineItem = { kind: "audio", samples: new Float32Array(16_000) };
const cat = { label: "cat", score: 0.75 };
const box = { xmin: 1, ymin: 2, xmax: 3, ymax: 4 };

interface Case {
  readonly item: EngineItem;
  /** What the library's documentation shows that the pipeline answers. */
  readonly answers: unknown;
  readonly output: EngineOutput;
  readonly options?: RunOptions;
  /** The arguments that the pipeline must get. */
  readonly called: readonly unknown[];
}

const labels: EngineOutput = { kind: "labels", labels: [cat] };
const writing: EngineOutput = { kind: "text", text: "b" };

const CASES: Readonly<Record<Task, Case>> = {
  "text-classification": {
    item: text,
    answers: [[cat]],
    output: labels,
    called: [["a [MASK] fox"], { top_k: 5 }],
  },
  "token-classification": {
    item: text,
    answers: [{ word: "fox", entity_group: "ANIMAL", score: 0.5 }],
    output: { kind: "tokens", tokens: [{ text: "fox", label: "ANIMAL", score: 0.5 }] },
    called: ["a [MASK] fox", { aggregation_strategy: "simple" }],
  },
  "question-answering": {
    item: { kind: "question-context", question: "who?", context: "a fox" },
    answers: { answer: "fox", score: 0.5 },
    output: { kind: "answers", answers: [{ text: "fox", score: 0.5 }] },
    called: ["who?", "a fox", { top_k: 1 }],
  },
  "fill-mask": {
    item: text,
    answers: [{ sequence: "a red fox", score: 0.5, token: 1, token_str: "red" }],
    output: { kind: "answers", answers: [{ text: "a red fox", score: 0.5 }] },
    options: { top: 2 },
    called: ["a [MASK] fox", { top_k: 2 }],
  },
  summarization: {
    item: text,
    answers: [{ summary_text: "b" }],
    output: writing,
    options: { maxNewTokens: 9 },
    called: ["a [MASK] fox", { max_new_tokens: 9 }],
  },
  translation: {
    item: text,
    answers: [{ translation_text: "b" }],
    output: writing,
    options: { sourceLanguage: "eng_Latn", targetLanguage: "fra_Latn" },
    called: ["a [MASK] fox", { src_lang: "eng_Latn", tgt_lang: "fra_Latn" }],
  },
  "text2text-generation": {
    item: text,
    answers: [{ generated_text: "b" }],
    output: writing,
    called: ["a [MASK] fox", {}],
  },
  "text-generation": {
    item: text,
    answers: [{ generated_text: "b" }],
    output: writing,
    called: ["a [MASK] fox", {}],
  },
  "zero-shot-classification": {
    item: text,
    answers: { sequence: "a", labels: ["cat"], scores: [0.75] },
    output: labels,
    options: { labels: ["cat"] },
    called: ["a [MASK] fox", ["cat"]],
  },
  "audio-classification": {
    item: sound,
    answers: [cat],
    output: labels,
    called: [expect.any(Float32Array), { top_k: 5 }],
  },
  "zero-shot-audio-classification": {
    item: sound,
    answers: [cat],
    output: labels,
    options: { labels: ["cat"] },
    called: [expect.any(Float32Array), ["cat"]],
  },
  "automatic-speech-recognition": {
    item: sound,
    answers: { text: " b" },
    output: writing,
    options: { sourceLanguage: "en" },
    called: [expect.any(Float32Array), { language: "en" }],
  },
  "text-to-audio": {
    item: text,
    answers: { audio: Float32Array.of(0.5), sampling_rate: 16_000 },
    output: { kind: "audio", samples: Float32Array.of(0.5), rateHz: 16_000 },
    called: ["a [MASK] fox"],
  },
  "image-to-text": { item: photo, answers: [{ generated_text: "b" }], output: writing, called: [image, {}] },
  "image-classification": { item: photo, answers: [cat], output: labels, called: [image, { top_k: 5 }] },
  "image-segmentation": {
    item: photo,
    answers: [{ ...cat, mask: image }],
    output: { kind: "pictures", pictures: [{ ...picture, ...cat }] },
    options: { threshold: 0.9 },
    called: [image, { threshold: 0.9 }],
  },
  "background-removal": {
    item: photo,
    answers: [image],
    output: { kind: "pictures", pictures: [picture] },
    called: [image],
  },
  "zero-shot-image-classification": {
    item: photo,
    answers: [cat],
    output: labels,
    options: { labels: ["cat"] },
    called: [image, ["cat"]],
  },
  "object-detection": {
    item: photo,
    answers: [{ ...cat, box }],
    output: { kind: "boxes", boxes: [{ ...cat, box }] },
    called: [image, {}],
  },
  "zero-shot-object-detection": {
    item: photo,
    answers: [{ ...cat, box }],
    output: { kind: "boxes", boxes: [{ ...cat, box }] },
    options: { labels: ["cat"], threshold: 0.2 },
    called: [image, ["cat"], { threshold: 0.2 }],
  },
  "document-question-answering": {
    item: { kind: "image-question", bytes: Uint8Array.of(1), question: "who?" },
    answers: [{ answer: "me" }],
    output: { kind: "answers", answers: [{ text: "me" }] },
    called: [image, "who?", {}],
  },
  "image-to-image": {
    item: photo,
    answers: image,
    output: { kind: "pictures", pictures: [picture] },
    called: [image],
  },
  "depth-estimation": {
    item: photo,
    answers: { predicted_depth: {}, depth: image },
    output: { kind: "pictures", pictures: [picture] },
    called: [image],
  },
  "feature-extraction": {
    item: text,
    answers: { data: Float32Array.of(1, 2), dims: [1, 2] },
    output: { kind: "vector", vector: Float32Array.of(1, 2) },
    called: [["a [MASK] fox"], { pooling: "mean", normalize: true }],
  },
  "image-feature-extraction": {
    item: photo,
    answers: { data: Float32Array.of(1, 2), dims: [1, 2] },
    output: { kind: "vector", vector: Float32Array.of(1, 2) },
    called: [image],
  },
};

const answering = (answers: unknown, calls: unknown[][] = []): Pipeline =>
  Object.assign(
    async (...args: unknown[]) => {
      calls.push(args);
      return answers;
    },
    { tokenizer: { mask_token: "[MASK]" } },
  );
const tools = { readImage: async () => image };

test.each(Object.keys(TASKS) as Task[])(
  "%s calls its pipeline as documented and reads its answer",
  async (task) => {
    const { item, answers, output, options, called } = CASES[task];
    const calls: unknown[][] = [];
    expect(await callPipeline(task, answering(answers, calls), tools, [item], options ?? {})).toEqual([
      output,
    ]);
    expect(calls).toEqual([called]);
    expect(output.kind).toBe(TASKS[task].output);
  },
);

test("with one label per text the library answers flat, and that is read too", async () => {
  const outputs = await callPipeline("text-classification", answering([cat, cat]), tools, [text, text], {
    top: 1,
  });
  expect(outputs).toEqual([labels, labels]);
});

test("Moonshine may write six tokens a second, also in a clip shorter than one", async () => {
  const calls: unknown[][] = [];
  const pipeline = Object.assign(answering({ text: "x" }, calls), {
    model: { config: { model_type: "moonshine" } },
  });
  const half: EngineItem = { kind: "audio", samples: new Float32Array(8_000) };
  await callPipeline("automatic-speech-recognition", pipeline, tools, [half], {});
  expect(calls[0]![1]).toEqual({ max_new_tokens: 3 });
});

const NAN = Number.NaN;
test.each([
  ["a score", "image-classification", photo, [{ label: "cat", score: NAN }]],
  ["a vector", "feature-extraction", text, { data: Float32Array.of(1, NAN), dims: [1, 2] }],
  ["a box", "object-detection", photo, [{ ...cat, box: { ...box, xmin: Number.POSITIVE_INFINITY } }]],
  ["a zero-shot score", "zero-shot-classification", text, { labels: ["cat"], scores: [NAN] }],
  ["a text that is not there", "summarization", text, []],
] as const)("%s that is no number is refused", async (_, task, item, answers) => {
  const run = callPipeline(task, answering(answers), tools, [item], { labels: ["cat"] });
  await expect(run).rejects.toMatchObject({ code: "model-output-invalid" });
});

test("a text without the model's mask says which one it wants", async () => {
  const run = callPipeline("fill-mask", answering([]), tools, [{ kind: "text", text: "a <mask> fox" }], {});
  await expect(run).rejects.toMatchObject({
    code: "unsupported-input",
    remedy: expect.stringContaining("[MASK]"),
  });
});
