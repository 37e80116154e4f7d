/** What the command and the process that trains say to each other; all of it survives structured clone. */
import type { ChildFailure } from "../../engines/engine-messages.ts";
import type { Finding } from "../../learn/data/findings.ts";
import type { MaskPiece } from "../../learn/data/mask-preview.ts";
import type { LengthFacts } from "../../learn/data/token-facts.ts";
import type { MemoryMode } from "../../learn/lora/assemble-step.ts";
import type { TrainEvent } from "../../learn/train/train.ts";
import type { Evaluation } from "../../learn/train/train-state.ts";
import type { Recipe } from "./recipe.ts";

export interface TuneRequest {
  /** Paths in it are absolute. */
  readonly recipe: Recipe;
  /** Goes on with the checkpoint in the result's folder, if there is one. */
  readonly resume: boolean;
  /** Tells what the run would be, and ends. */
  readonly dryRun: boolean;
}

/** What is known before the first step. */
export interface Preflight {
  /** Which column was taken for what. */
  readonly mapping: string;
  /** What is odd about the examples. */
  readonly findings: readonly Finding[];
  readonly examples: number;
  /** Pairs of examples that steps go through, where they learn from pairs. */
  readonly pairs?: number;
  readonly held: number;
  readonly labels: readonly string[];
  /** Of the training examples, in tokens. */
  readonly lengths: LengthFacts;
  /** The first examples, and what of each is learned. */
  readonly preview: readonly (readonly MaskPiece[])[];
  readonly truncated: number;
  /** Labels of words that were cut away. */
  readonly lostLabels: number;
  /** Tokens of an epoch, and those of them that only fill up. */
  readonly tokens: number;
  readonly padding: number;
  readonly parameters: number;
  readonly adapted: number;
  /** Chosen where the recipe leaves it open. */
  readonly memory: MemoryMode;
  readonly steps: number;
  /** The step that the run goes on from; 0 for a new one. */
  readonly from: number;
}

export interface Forecast {
  /** From timed steps; evaluations are in it. */
  readonly seconds: number;
  /** Of the process that trains. */
  readonly peakBytes: number;
}

export interface TuneResult {
  readonly steps: number;
  readonly losses: readonly number[];
  readonly evaluations: readonly Evaluation[];
  /** The one whose parameters were written. */
  readonly best: Evaluation;
  /** What was decided rightly of what was held out. */
  readonly right: number;
  readonly decided: number;
  /** Seconds of steps and evaluations of this process. */
  readonly seconds: number;
  readonly peakBytes: number;
  /** That this process computed in steps, padding among them. */
  readonly tokens: number;
  readonly rollbacks: number;
  readonly stoppedEarly: boolean;
  /** Relative to the result's folder. */
  readonly files: readonly string[];
  readonly dataSha256: string;
  readonly versions: Readonly<Record<string, string>>;
}

export type ToTuner = { readonly kind: "tune"; readonly request: TuneRequest } | { readonly kind: "stop" };

export type FromTuner =
  | { readonly kind: "preflight"; readonly preflight: Preflight }
  | { readonly kind: "forecast"; readonly forecast: Forecast }
  | { readonly kind: "event"; readonly event: TrainEvent }
  | { readonly kind: "done"; readonly result: TuneResult | undefined }
  | { readonly kind: "failed"; readonly failure: ChildFailure };
