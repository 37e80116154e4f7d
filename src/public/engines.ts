/** `frugal/engines`: open a model, run it, close it. */
export type { Dtype } from "../engines/choose-dtype.ts";
export { DTYPES } from "../engines/choose-dtype.ts";
export type { Embedder, EmbedderOptions } from "../engines/embedder.ts";
export { openEmbedder } from "../engines/embedder.ts";
export type {
  Engine,
  EngineFacts,
  EngineItem,
  EngineOutput,
  FoundBox,
  FoundToken,
  ModelFile,
  Picture,
  RunOptions,
  ScoredLabel,
} from "../engines/engine.ts";
export type { OpenOptions } from "../engines/open-engine.ts";
export { openEngine } from "../engines/open-engine.ts";
export { INSTALL_LINE } from "../engines/require-engine.ts";
export type { Task, TaskFacts } from "../engines/task-table.ts";
export { parseTask, TASK_ALIASES, TASKS } from "../engines/task-table.ts";
