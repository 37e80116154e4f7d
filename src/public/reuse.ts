/** `frugal/reuse`: train a classifier on a ready model or on words alone, save it, run it; run any model, measured. */
// Saving and opening take the outside world as an argument, here as everywhere.
export { nodeWorld } from "../host/node-world.ts";
export { type AdaptedModel, type AdaptedSources, findAdapted } from "../learn/lora/find-adapted.ts";
export { openAdapted } from "../reuse/adapted/open-adapted.ts";
export { type EmbeddingClassifier, trainEmbeddingClassifier } from "../reuse/embedding-classifier.ts";
export { type LoadedClassifier, type LoadOptions, loadClassifier } from "../reuse/load-classifier.ts";
export { openClassifier } from "../reuse/open-classifier.ts";
export { openModel } from "../reuse/open-model.ts";
export { type NamedOutput, type RunTask, runTask, type TaskRun } from "../reuse/run-task.ts";
export { type SaveOptions, saveClassifier } from "../reuse/save-classifier.ts";
export type {
  LabelledText,
  TextClassifier,
  TrainingOptions,
  TrainingReport,
} from "../reuse/text-classifier.ts";
export {
  type TfidfClassifier,
  type TfidfClassifierOptions,
  trainTfidfClassifier,
} from "../reuse/tfidf-classifier.ts";
