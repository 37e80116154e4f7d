/**
 * How each task's pipeline is called, and how its answer becomes an `EngineOutput`: one table entry per task. The shapes are those of
 * the pipelines' documentation in transformers.js 4.3.
 */
import { FrugalError } from "../core/error.ts";
import type { ChatMessage } from "../models/chat-template.ts";
import type { EngineItem, EngineOutput, RunOptions } from "./engine.ts";
import { generation, type Pipeline, speech, threshold, top } from "./pipeline-options.ts";
import {
  boxesOf,
  labelsOf,
  pictureOf,
  textOf,
  tokensOf,
  vectorsOf,
  zeroShotLabelsOf,
} from "./pipeline-output.ts";
import type { Task } from "./task-table.ts";

export interface PipelineTools {
  /** Decodes an image file; throws "unsupported-input". */
  readImage(bytes: Uint8Array): Promise<unknown>;
}

type One = (pipeline: Pipeline, item: Given, options: RunOptions) => Promise<EngineOutput>;
type Many = (pipeline: Pipeline, texts: readonly string[], options: RunOptions) => Promise<EngineOutput[]>;

/** An item with its image decoded. */
interface Given {
  readonly text: string;
  readonly messages?: readonly ChatMessage[];
  readonly question: string;
  readonly image: unknown;
  readonly samples: Float32Array;
}

const rewrite =
  (key: string): One =>
  async (pipeline, { text }, options) => ({
    kind: "text",
    text: textOf(await pipeline(text, generation(options)), key),
  });
const pictures: One = async (pipeline, { image }) => ({
  kind: "pictures",
  pictures: [await pipeline(image)].flat().map((found) => pictureOf(found)),
});

const MANY: Partial<Record<Task, Many>> = {
  "feature-extraction": async (pipeline, texts, { pooling = "mean", normalize = true }) =>
    vectorsOf(await pipeline(texts, { pooling, normalize }), texts.length),
  "text-classification": async (pipeline, texts, options) => {
    // With top_k = 1 the library answers flat, with more one list per text.
    const answers = (await pipeline(texts, top(options))) as unknown[];
    return answers.map((answer) => ({ kind: "labels", labels: labelsOf(answer) }));
  },
};

const ONE: Readonly<Record<Exclude<Task, "feature-extraction" | "text-classification">, One>> = {
  "token-classification": async (pipeline, { text }) => ({
    kind: "tokens",
    tokens: tokensOf(await pipeline(text, { aggregation_strategy: "simple" })),
  }),
  "question-answering": async (pipeline, { question, text }, options) => {
    const found = [await pipeline(question, text, { top_k: options.top ?? 1 })].flat();
    return {
      kind: "answers",
      answers: found
        .map((one) => one as { answer: string; score: number })
        .map(({ answer, score }) => ({ text: answer, score })),
    };
  },
  "fill-mask": async (pipeline, { text }, options) => {
    const mask = pipeline.tokenizer?.mask_token ?? "[MASK]";
    if (!text.includes(mask)) {
      throw new FrugalError({
        code: "unsupported-input",
        what: "a text has no word to fill in",
        why: `it does not contain ${mask}`,
        remedy: `put ${mask} where the word is missing`,
      });
    }
    const found = [await pipeline(text, top(options))].flat() as { sequence: string; score: number }[];
    return { kind: "answers", answers: found.map(({ sequence, score }) => ({ text: sequence, score })) };
  },
  summarization: rewrite("summary_text"),
  translation: rewrite("translation_text"),
  "text2text-generation": rewrite("generated_text"),
  "text-generation": async (pipeline, given, options) => {
    const said = options.chat === true ? [{ role: "user", content: given.text }] : undefined;
    const messages = given.messages ?? said;
    if (messages === undefined) return await rewrite("generated_text")(pipeline, given, options);
    // The whole conversation comes back, the answer last.
    const [made] = [await pipeline(messages, generation(options))].flat() as { generated_text: object[] }[];
    return { kind: "text", text: textOf(made?.generated_text.at(-1), "content") };
  },
  "zero-shot-classification": async (pipeline, { text }, { labels = [] }) => ({
    kind: "labels",
    labels: zeroShotLabelsOf(await pipeline(text, labels)),
  }),
  "audio-classification": async (pipeline, { samples }, options) => ({
    kind: "labels",
    labels: labelsOf(await pipeline(samples, top(options))),
  }),
  "zero-shot-audio-classification": async (pipeline, { samples }, { labels = [] }) => ({
    kind: "labels",
    labels: labelsOf(await pipeline(samples, labels)),
  }),
  "automatic-speech-recognition": async (pipeline, { samples }, options) => ({
    kind: "text",
    text: textOf(await pipeline(samples, speech(pipeline, samples, options)), "text").trim(),
  }),
  "text-to-audio": async (pipeline, { text }) => {
    const { audio, sampling_rate } = (await pipeline(text)) as { audio: Float32Array; sampling_rate: number };
    return { kind: "audio", samples: audio, rateHz: sampling_rate };
  },
  "image-to-text": async (pipeline, { image }, options) => ({
    kind: "text",
    text: textOf(await pipeline(image, generation(options)), "generated_text"),
  }),
  "image-classification": async (pipeline, { image }, options) => ({
    kind: "labels",
    labels: labelsOf(await pipeline(image, top(options))),
  }),
  "image-segmentation": async (pipeline, { image }, options) => ({
    kind: "pictures",
    pictures: ((await pipeline(image, threshold(options))) as object[]).map((found) => pictureOf(found)),
  }),
  "background-removal": pictures,
  "zero-shot-image-classification": async (pipeline, { image }, { labels = [] }) => ({
    kind: "labels",
    labels: labelsOf(await pipeline(image, labels)),
  }),
  "object-detection": async (pipeline, { image }, options) => ({
    kind: "boxes",
    boxes: boxesOf(await pipeline(image, threshold(options))),
  }),
  "zero-shot-object-detection": async (pipeline, { image }, options) => ({
    kind: "boxes",
    boxes: boxesOf(await pipeline(image, options.labels ?? [], threshold(options))),
  }),
  "document-question-answering": async (pipeline, { image, question }, options) => {
    const found = [await pipeline(image, question, generation(options))].flat() as { answer: string }[];
    return { kind: "answers", answers: found.map(({ answer }) => ({ text: answer })) };
  },
  "image-to-image": pictures,
  "depth-estimation": async (pipeline, { image }) => {
    const { depth } = (await pipeline(image)) as { depth: object };
    return { kind: "pictures", pictures: [pictureOf(depth)] };
  },
  "image-feature-extraction": async (pipeline, { image }) => vectorsOf(await pipeline(image), 1)[0]!,
};

/** The tasks that take a list; the task table says the same (tested). */
export const BATCHED_TASKS = Object.keys(MANY) as readonly Task[];

export async function callPipeline(
  task: Task,
  pipeline: Pipeline,
  tools: PipelineTools,
  items: readonly EngineItem[],
  options: RunOptions,
): Promise<EngineOutput[]> {
  const many = MANY[task];
  if (many !== undefined) {
    return await many(
      pipeline,
      items.map((item) => (item.kind === "text" ? item.text : "")),
      options,
    );
  }
  const one = ONE[task as keyof typeof ONE];
  const outputs: EngineOutput[] = [];
  for (const item of items) outputs.push(await one(pipeline, await given(item, tools), options));
  return outputs;
}

const NO_SAMPLES = new Float32Array();

async function given(item: EngineItem, tools: PipelineTools): Promise<Given> {
  const nothing: Given = { text: "", question: "", image: undefined, samples: NO_SAMPLES };
  if (item.kind === "text") return { ...nothing, text: item.text };
  if (item.kind === "chat") return { ...nothing, messages: item.messages };
  if (item.kind === "audio") return { ...nothing, samples: item.samples };
  if (item.kind === "question-context") return { ...nothing, question: item.question, text: item.context };
  const image = await tools.readImage(item.bytes);
  return { ...nothing, image, question: item.kind === "image-question" ? item.question : "" };
}
