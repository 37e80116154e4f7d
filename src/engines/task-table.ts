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
  readonly summary: string;
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
    summary: "label a text",
  },
  "token-classification": {
    input: "text",
    output: "tokens",
    architectures: ["ForTokenClassification"],
    summary: "label the words of a text",
  },
  "question-answering": {
    input: "question-context",
    output: "answers",
    architectures: ["ForQuestionAnswering"],
    summary: "find the answer to a question in a text",
  },
  "fill-mask": {
    input: "text",
    output: "answers",
    architectures: ["ForMaskedLM"],
    summary: "fill the masked word of a text",
  },
  summarization: {
    input: "text",
    output: "text",
    architectures: ["ForConditionalGeneration"],
    summary: "shorten a text",
  },
  translation: {
    input: "text",
    output: "text",
    architectures: ["ForConditionalGeneration", "MarianMTModel"],
    summary: "translate a text",
  },
  "text2text-generation": {
    input: "text",
    output: "text",
    architectures: ["ForConditionalGeneration", "MarianMTModel"],
    summary: "turn a text into another",
  },
  "text-generation": {
    input: "text",
    output: "text",
    architectures: ["ForCausalLM", "LMHeadModel"],
    summary: "continue a text",
  },
  "zero-shot-classification": {
    input: "text",
    output: "labels",
    needsLabels: true,
    architectures: ["ForSequenceClassification"],
    summary: "label a text with your own labels",
  },
  "audio-classification": {
    input: "audio",
    output: "labels",
    architectures: ["ForSequenceClassification", "ForAudioClassification"],
    summary: "label a sound",
  },
  "zero-shot-audio-classification": {
    input: "audio",
    output: "labels",
    needsLabels: true,
    architectures: ["ClapModel"],
    summary: "label a sound with your own labels",
  },
  "automatic-speech-recognition": {
    input: "audio",
    output: "text",
    architectures: ["ForConditionalGeneration", "ForSpeechSeq2Seq", "ForCTC"],
    summary: "write down speech",
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
    summary: "speak a text",
  },
  "image-to-text": {
    input: "image",
    output: "text",
    architectures: ["VisionEncoderDecoderModel", "ForConditionalGeneration"],
    summary: "describe or read an image",
  },
  "image-classification": {
    input: "image",
    output: "labels",
    architectures: ["ForImageClassification", "ForImageClassificationWithTeacher"],
    summary: "label an image",
  },
  "image-segmentation": {
    input: "image",
    output: "pictures",
    architectures: ["Segmentation"],
    summary: "find the regions of an image",
  },
  "background-removal": {
    input: "image",
    output: "pictures",
    architectures: ["Segmentation"],
    summary: "cut the subject out of an image",
  },
  "zero-shot-image-classification": {
    input: "image",
    output: "labels",
    needsLabels: true,
    architectures: ["CLIPModel", "SiglipModel", "ChineseCLIPModel"],
    summary: "label an image with your own labels",
  },
  "object-detection": {
    input: "image",
    output: "boxes",
    architectures: ["ForObjectDetection"],
    summary: "find objects in an image",
  },
  "zero-shot-object-detection": {
    input: "image",
    output: "boxes",
    needsLabels: true,
    architectures: ["ForObjectDetection"],
    summary: "find the objects that you name",
  },
  "document-question-answering": {
    input: "image-question",
    output: "answers",
    architectures: ["VisionEncoderDecoderModel"],
    summary: "answer a question about a scanned page",
  },
  "image-to-image": {
    input: "image",
    output: "pictures",
    architectures: ["ForImageSuperResolution"],
    summary: "enlarge or restore an image",
  },
  "depth-estimation": {
    input: "image",
    output: "pictures",
    architectures: ["ForDepthEstimation"],
    summary: "estimate the depth of an image",
  },
  "feature-extraction": {
    input: "text",
    output: "vector",
    batches: true,
    architectures: ["Model", "ForMaskedLM"],
    summary: "turn a text into a vector",
  },
  "image-feature-extraction": {
    input: "image",
    output: "vector",
    architectures: ["Model"],
    summary: "turn an image into a vector",
  },
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
