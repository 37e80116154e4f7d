/** What an adapter is, in the words and with the defaults of PEFT's adapter_config.json (huggingface/peft, tuners/lora/config.py). */
/** Of PEFT's TaskType. */
export type PeftTask =
  | "SEQ_CLS"
  | "TOKEN_CLS"
  | "QUESTION_ANS"
  | "SEQ_2_SEQ_LM"
  | "CAUSAL_LM"
  | "FEATURE_EXTRACTION";

export interface LoraSettings {
  readonly task_type: PeftTask | null;
  readonly base_model_name_or_path: string | null;
  readonly r: number;
  readonly lora_alpha: number;
  readonly lora_dropout: number;
  /** Scales by α / √r. */
  readonly use_rslora: boolean;
  readonly use_dora: boolean;
  /** true: A uniform, B zero; "gaussian": A normal, B zero. Others come in files only, and say nothing of a trained adapter. */
  readonly init_lora_weights: boolean | string;
  /** Names or endings of names; a pattern of whole names; "all-linear"; null: the usual ones of the family. */
  readonly target_modules: readonly string[] | string | null;
  readonly exclude_modules: readonly string[] | string | null;
  readonly layers_to_transform: readonly number[] | number | null;
  /** What the number of a layer stands behind, such as "layers". */
  readonly layers_pattern: readonly string[] | string | null;
  /** Other ranks and alphas for layers whose name ends in the pattern. */
  readonly rank_pattern: Readonly<Record<string, number>>;
  readonly alpha_pattern: Readonly<Record<string, number>>;
  /** Modules that are trained as a whole. */
  readonly modules_to_save: readonly string[] | null;
  readonly bias: "none";
}

export const LORA_DEFAULTS: LoraSettings = {
  task_type: null,
  base_model_name_or_path: null,
  r: 8,
  lora_alpha: 8,
  lora_dropout: 0,
  use_rslora: false,
  use_dora: false,
  init_lora_weights: true,
  target_modules: null,
  exclude_modules: null,
  layers_to_transform: null,
  layers_pattern: null,
  rank_pattern: {},
  alpha_pattern: {},
  modules_to_save: null,
  bias: "none",
};
