/** A recipe in PEFT's words. */
import { LORA_DEFAULTS, type LoraSettings, type PeftTask } from "../../learn/lora/settings.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneTask } from "./recipe-fields.ts";

const TASKS: Readonly<Record<TuneTask, PeftTask>> = {
  "text-classification": "SEQ_CLS",
  "token-classification": "TOKEN_CLS",
  "sentence-similarity": "FEATURE_EXTRACTION",
  "causal-lm": "CAUSAL_LM",
};

export const loraSettings = (recipe: Recipe): LoraSettings => ({
  ...LORA_DEFAULTS,
  task_type: TASKS[recipe.task],
  base_model_name_or_path: recipe.model,
  r: recipe.rank,
  lora_alpha: recipe.alpha,
  lora_dropout: recipe.dropout,
  use_rslora: recipe.rslora,
  use_dora: recipe.dora,
  // One name alone would be read as a pattern of whole names.
  target_modules:
    typeof recipe.targets === "string" && recipe.targets !== "all-linear" ? [recipe.targets] : recipe.targets,
});
