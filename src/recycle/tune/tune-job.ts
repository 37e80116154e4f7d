/** What a run needs, whatever kind of model it tunes. */
import type { Dataset } from "../../learn/data/open-dataset.ts";
import type { ShapedBatch } from "../../learn/train/graph-trainer.ts";
import type { Trainer } from "../../learn/train/train.ts";
import type { Judgement } from "./judge-answers.ts";
import type { Preflight } from "./tune-messages.ts";

export interface TuneJob {
  /** How the training file was read. */
  readonly dataset: Dataset;
  /** What is told before the first step, but for the steps themselves. */
  readonly facts: Omit<Preflight, "steps" | "from">;
  /** What must be the same for a checkpoint to be gone on with. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Before the first step. */
  readonly start: () => Promise<Float32Array>;
  readonly trainer: Required<Pick<Trainer<ShapedBatch>, "batches" | "run" | "update" | "evaluate">>;
  /** Opens what judging needs; otherwise the first judgement does. */
  readonly openJudge: () => Promise<void>;
  /** On what was held out. */
  readonly judge: (parameters: Float32Array) => Promise<Judgement>;
  /** Writes what was learned into the result's folder. @returns the files' names. */
  readonly save: (parameters: Float32Array) => Promise<readonly string[]>;
  close(): Promise<void>;
}
