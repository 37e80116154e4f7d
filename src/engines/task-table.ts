/**
 * Every task as a row of facts: what goes in, what comes out, whether several items may share one call. A test holds the
 * rows against the tasks that the installed transformers.js itself lists.
 */
import { FrugalError } from "../core/error.ts";
import { nearest } from "./nearest.ts";

export type InputKind = "text" | "question-context" | "image" | "image-question" | "audio";
export type OutputKind = "labels" | "vector" | "text" | "tokens" | "answers" | "boxes" | "pictures" | "audio";

export interface TaskFacts {
  readonly input: InputKind;
  readonly output: OutputKind;
  /** Needs candidate labels from the user. */
  readonly needsLabels?: true;
  /** The pipeline takes a list and treats its items alike; elsewhere items go one by one. */
  readonly batches?: true;
  /** Endings of architecture names in config.json that do this task; empty where the names say nothing. */
  readonly architectures: readonly string[];
}

export type Task =
  | "text-classification"
  | "token-classification"
  | "question-answering"
  | "fill-mask"
  | "summarization"
  | "translation"
  | "text2text-generation"
  | "text-generation"
  | "zero-shot-classification"
  | "audio-classification"
  | "zero-shot-audio-classification"
  | "automatic-speech-recognition"
  | "text-to-audio"
  | "image-to-text"
  | "image-classification"
  | "image-segmentation"
  | "background-removal"
  | "zero-shot-image-classification"
  | "object-detection"
  | "zero-shot-object-detection"
  | "document-question-answering"
  | "image-to-image"
  | "depth-estimation"
  | "feature-extraction"
  | "image-feature-extraction";

export const TASKS: Readonly<Record<Task, TaskFacts>> = {
  "text-classification": {
    input: "text",
    output: "labels",
    batches: true,
    architectures: ["ForSequenceClassification"],
  },
  "token-classification": { input: "text", output: "tokens", architectures: ["ForTokenClassification"] },
  "question-answering": {
    input: "question-context",
    output: "answers",
    architectures: ["ForQuestionAnswering"],
  },
  "fill-mask": { input: "text", output: "answers", architectures: ["ForMaskedLM"] },
  summarization: { input: "text", output: "text", architectures: ["ForConditionalGeneration"] },
  translation: {
    input: "text",
    output: "text",
    architectures: ["ForConditionalGeneration", "MarianMTModel"],
  },
  "text2text-generation": {
    input: "text",
    output: "text",
    architectures: ["ForConditionalGeneration", "MarianMTModel"],
  },
  "text-generation": { input: "text", output: "text", architectures: ["ForCausalLM", "LMHeadModel"] },
  "zero-shot-classification": {
    input: "text",
    output: "labels",
    needsLabels: true,
    architectures: ["ForSequenceClassification"],
  },
  "audio-classification": {
    input: "audio",
    output: "labels",
    architectures: ["ForSequenceClassification", "ForAudioClassification"],
  },
  "zero-shot-audio-classification": {
    input: "audio",
    output: "labels",
    needsLabels: true,
    architectures: ["ClapModel"],
  },
  "automatic-speech-recognition": {
    input: "audio",
    output: "text",
    architectures: ["ForConditionalGeneration", "ForSpeechSeq2Seq", "ForCTC"],
  },
  "text-to-audio": {
    input: "text",
    output: "audio",
    architectures: [
      "VitsModel",
      "ForTextToSpeech",
      "SupertonicForConditionalGeneration",
      "MusicgenForConditionalGeneration",
    ],
  },
  "image-to-text": {
    input: "image",
    output: "text",
    architectures: ["VisionEncoderDecoderModel", "ForConditionalGeneration"],
  },
  "image-classification": {
    input: "image",
    output: "labels",
    architectures: ["ForImageClassification", "ForImageClassificationWithTeacher"],
  },
  "image-segmentation": { input: "image", output: "pictures", architectures: ["Segmentation"] },
  "background-removal": { input: "image", output: "pictures", architectures: ["Segmentation"] },
  "zero-shot-image-classification": {
    input: "image",
    output: "labels",
    needsLabels: true,
    architectures: ["CLIPModel", "SiglipModel", "ChineseCLIPModel"],
  },
  "object-detection": { input: "image", output: "boxes", architectures: ["ForObjectDetection"] },
  "zero-shot-object-detection": {
    input: "image",
    output: "boxes",
    needsLabels: true,
    architectures: ["ForObjectDetection"],
  },
  "document-question-answering": {
    input: "image-question",
    output: "answers",
    architectures: ["VisionEncoderDecoderModel"],
  },
  "image-to-image": { input: "image", output: "pictures", architectures: ["ForImageSuperResolution"] },
  "depth-estimation": { input: "image", output: "pictures", architectures: ["ForDepthEstimation"] },
  "feature-extraction": {
    input: "text",
    output: "vector",
    batches: true,
    architectures: ["Model", "ForMaskedLM"],
  },
  "image-feature-extraction": { input: "image", output: "vector", architectures: ["Model"] },
};

/** The library's other names of tasks (transformers.js, TASK_ALIASES). */
export const TASK_ALIASES: Readonly<Record<string, Task>> = {
  "sentiment-analysis": "text-classification",
  ner: "token-classification",
  asr: "automatic-speech-recognition",
  "text-to-speech": "text-to-audio",
  embeddings: "feature-extraction",
};

export const taskFacts = (task: Task): TaskFacts => TASKS[task];

/** The task of that name or alias; throws "unknown-task" with the nearest name. */
export function parseTask(name: string): Task {
  if (Object.hasOwn(TASKS, name)) return name as Task;
  if (Object.hasOwn(TASK_ALIASES, name)) return TASK_ALIASES[name]!;
  const close = nearest(name, [...Object.keys(TASKS), ...Object.keys(TASK_ALIASES)]);
  throw new FrugalError({
    code: "unknown-task",
    what: `unknown task ${name}`,
    why: "it is none of the tasks that an engine offers",
    remedy: close === undefined ? `use one of: ${Object.keys(TASKS).join(", ")}` : `did you mean ${close}?`,
  });
}
