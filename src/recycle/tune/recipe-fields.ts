/** What a tuning run can be told, as one table: it feeds the recipe's check, the command's options and the documentation. */
import type { BaseKind } from "../../graph/passes/store-base.ts";

export type EncoderTask = "text-classification" | "token-classification" | "sentence-similarity";
export type TuneTask = EncoderTask | "causal-lm";
export const TUNE_TASKS: readonly TuneTask[] = [
  "text-classification",
  "token-classification",
  "sentence-similarity",
  "causal-lm",
];

export type TuneMethod = "lora" | "head" | "full" | "setfit";
export const METHODS: readonly TuneMethod[] = ["lora", "head", "full", "setfit"];

/** How the frozen weights are kept and computed with (graph/passes/store-base.ts). */
export const BASES: readonly BaseKind[] = ["f32", "bf16", "int8", "int4", "w8a8"];

export interface RecipeField {
  /** In a recipe; the option is the same with dashes. */
  readonly name: string;
  readonly kind:
    | "text"
    | "count"
    | "number"
    | "share"
    | "flag"
    | "list"
    | "mapping"
    | "places"
    | "ranks"
    | "alphas";
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string | number | boolean;
  /** What a method has instead of the default. */
  readonly defaults?: Partial<Readonly<Record<TuneMethod, string | number | boolean>>>;
  readonly required?: boolean;
}

export const RECIPE_FIELDS: readonly RecipeField[] = [
  { name: "model", kind: "text", required: true, description: "folder of the model to adapt" },
  {
    name: "data",
    kind: "text",
    required: true,
    description: "examples: CSV, TSV, JSON, JSON lines or Parquet",
  },
  {
    name: "task",
    kind: "text",
    required: true,
    choices: TUNE_TASKS,
    description: "what the model shall learn",
  },
  {
    name: "out",
    kind: "text",
    required: true,
    description: "folder for the result; checkpoints lie in it while the run goes on",
  },
  { name: "validation", kind: "text", description: "examples to judge by; a part of the data without it" },
  { name: "map", kind: "mapping", description: "which column is what: text=body,label=class" },
  {
    name: "holdout",
    kind: "share",
    default: 0.1,
    description: "part of the data that is judged by, without --validation",
  },
  {
    name: "method",
    kind: "text",
    choices: METHODS,
    default: "lora",
    description:
      "what is trained: adapters and a new head, the head alone, all weights, or adapters on pairs of few texts with a head fitted on top",
  },
  { name: "rank", kind: "count", default: 8, description: "rank of the adapters" },
  {
    name: "alpha",
    kind: "number",
    default: 16,
    description: "the adapters' product is multiplied by alpha / rank",
  },
  {
    name: "dropout",
    kind: "share",
    default: 0,
    description: "part of an adapter's inputs left out in training",
  },
  { name: "rslora", kind: "flag", default: false, description: "multiply by alpha / √rank, for large ranks" },
  {
    name: "dora",
    kind: "flag",
    default: false,
    description: "learn the weights' lengths apart from their directions",
  },
  {
    name: "targets",
    kind: "list",
    default: "all-linear",
    description: "layers that get an adapter, by the ends of their names, or all-linear",
  },
  {
    name: "targetPattern",
    kind: "text",
    description: "instead of targets: a regular expression that whole names of layers fit",
  },
  {
    name: "excludeTargets",
    kind: "list",
    description: "layers that get no adapter, by the ends of their names",
  },
  {
    name: "layersToTransform",
    kind: "places",
    description: "numbers of the blocks whose layers get an adapter, from 0; with targets by name",
  },
  {
    name: "layersPattern",
    kind: "list",
    description: "what the number of a block stands behind, such as layers; with layers to transform",
  },
  { name: "rankPattern", kind: "ranks", description: "other ranks by the ends of names: query=16,value=4" },
  { name: "alphaPattern", kind: "alphas", description: "other alphas by the ends of names: query=32" },
  {
    name: "modulesToSave",
    kind: "list",
    description: "further modules that are trained as a whole, by name",
  },
  {
    name: "epochs",
    kind: "count",
    default: 3,
    // Tunstall et al. 2022 (arxiv.org/abs/2209.11055, 3.1): one epoch of the pairs.
    defaults: { setfit: 1 },
    description: "times that all examples are gone through",
  },
  {
    name: "pairsPerText",
    kind: "count",
    default: 20,
    description: "setfit: pairs of equal labels, and of unlike ones, for each text",
  },
  { name: "maxSteps", kind: "count", description: "ends the run after so many steps" },
  {
    name: "rate",
    kind: "number",
    default: 0.001,
    // Devlin et al. 2019 (arxiv.org/abs/1810.04805, A.3): 5e-5, 3e-5, 2e-5 for all weights.
    defaults: { full: 5e-5 },
    description: "highest learning rate",
  },
  {
    name: "schedule",
    kind: "text",
    choices: ["linear", "cosine", "constant"],
    default: "linear",
    description: "how the rate falls",
  },
  { name: "warmup", kind: "share", default: 0.06, description: "part of all steps in which the rate rises" },
  { name: "weightDecay", kind: "number", default: 0.01, description: "AdamW's weight decay" },
  { name: "maxNorm", kind: "number", default: 1, description: "longest gradient; longer ones are shortened" },
  {
    name: "batchTokens",
    kind: "count",
    default: 2048,
    description: "tokens that are computed at once, padding included",
  },
  { name: "accumulate", kind: "count", default: 1, description: "batches of one step" },
  {
    name: "maxLength",
    kind: "count",
    default: 256,
    description: "longer texts are cut after so many tokens",
  },
  {
    name: "unpacked",
    kind: "flag",
    default: false,
    description:
      "each sequence of a decoder has a row of its own (otherwise short ones share one, unseen by each other)",
  },
  {
    name: "chatTemplate",
    kind: "text",
    description: "how conversations are written: one of the model's templates by name, or chatml",
  },
  { name: "chatDate", kind: "text", description: "the day that chat templates write (default: today)" },
  { name: "evaluateEvery", kind: "count", description: "steps between evaluations (default: once an epoch)" },
  { name: "patience", kind: "count", description: "ends the run after so many evaluations without gain" },
  { name: "checkpointEvery", kind: "count", default: 50, description: "steps between checkpoints" },
  { name: "seed", kind: "count", default: 1, description: "decides split, order and new weights" },
  {
    name: "memory",
    kind: "text",
    choices: ["auto", "keep", "light", "recompute"],
    default: "auto",
    description: "what is kept from the forward to the backward pass (auto: as much as memory allows)",
  },
  {
    name: "base",
    kind: "text",
    choices: BASES,
    default: "f32",
    description:
      "frozen weights: bf16, int8 and int4 take less memory; w8a8 computes in 8-bit integers, the fastest",
  },
  { name: "threads", kind: "count", description: "threads that compute (default: one for each core)" },
];
