/** Everything that decides how a run goes on: with it, a run that was cut off continues as if nothing had been. */
import type { AdamWSettings } from "../../graph/passes/build-adamw.ts";
import type { Schedule } from "./schedule.ts";

/** What a user chose; a resumed run must have the same. */
export interface TrainPlan {
  readonly epochs: number;
  /** Optimizer steps at most; undefined: as many as the epochs have. */
  readonly maxSteps?: number;
  /** Batches of one optimizer step; the gradient is divided by what counts in all of them. */
  readonly accumulate: number;
  /** The highest learning rate. */
  readonly rate: number;
  readonly schedule: Schedule;
  readonly adamw: AdamWSettings;
  /** Steps between evaluations; undefined: at the end of each epoch. */
  readonly evaluateEvery?: number;
  /** Evaluations without a better score until the run ends; undefined: it goes to its end. */
  readonly patience?: number;
  /** A score counts as better when it is higher by more than this. */
  readonly leastGain: number;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
}

/** Where the run is in its data: the next batch. */
export interface Cursor {
  readonly epoch: number;
  readonly batch: number;
}

export interface Evaluation {
  readonly step: number;
  /** Mean over everything that counts. */
  readonly loss: number;
  /** What is compared: higher is better. */
  readonly score: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The three vectors of AdamW; each float32 [size]. */
export interface Vectors {
  readonly parameters: Float32Array;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

export interface TrainState extends Vectors {
  /** Optimizer steps that are done. */
  readonly step: number;
  readonly cursor: Cursor;
  /** Mean loss of each step. */
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluation[];
  /** Parameters of the best evaluation; undefined before the first. */
  readonly best?: { readonly step: number; readonly score: number; readonly parameters: Float32Array };
  /** Times that the run went back because its numbers were none; each halves the learning rate. */
  readonly rollbacks: number;
}

export const startState = (parameters: Float32Array): TrainState => ({
  parameters,
  mean: new Float32Array(parameters.length),
  square: new Float32Array(parameters.length),
  step: 0,
  cursor: { epoch: 0, batch: 0 },
  losses: [],
  evaluations: [],
  rollbacks: 0,
});
