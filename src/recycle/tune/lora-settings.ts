/** A recipe in PEFT's words. */
import { FrugalError } from "../../core/error.ts";
import { LORA_DEFAULTS, type LoraSettings, type PeftTask } from "../../learn/lora/settings.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneTask } from "./recipe-fields.ts";

const TASKS: Readonly<Record<TuneTask, PeftTask>> = {
  "text-classification": "SEQ_CLS",
  "token-classification": "TOKEN_CLS",
  "sentence-similarity": "FEATURE_EXTRACTION",
  "causal-lm": "CAUSAL_LM",
};

/** @throws "bad-option" for settings that PEFT refuses together. */
export function loraSettings(recipe: Recipe): LoraSettings {
  const { targets, targetPattern, layersToTransform, layersPattern } = recipe;
  if (layersToTransform !== undefined && (targetPattern !== undefined || targets === "all-linear")) {
    throw new FrugalError({
      code: "bad-option",
      what: "blocks can be chosen for targets by name only",
      why: `the targets are ${targetPattern === undefined ? "all-linear" : "a pattern"}`,
      remedy: "name the layers, such as --targets query,value",
    });
  }
  if (layersPattern !== undefined && layersToTransform === undefined) {
    throw new FrugalError({
      code: "bad-option",
      what: "a pattern of blocks without numbers of blocks",
      why: "it says where to look for the numbers",
      remedy: "give --layers-to-transform as well, or leave it out",
    });
  }
  if (recipe.task === "causal-lm" && recipe.modulesToSave !== undefined) {
    throw new FrugalError({
      code: "bad-option",
      what: "modules of a decoder cannot be trained as a whole",
      why: "causal-lm is learned by adapters alone",
      remedy: "leave --modules-to-save out, or name layers by --targets",
    });
  }
  return {
    ...LORA_DEFAULTS,
    task_type: TASKS[recipe.task],
    base_model_name_or_path: recipe.model,
    r: recipe.rank,
    lora_alpha: recipe.alpha,
    lora_dropout: recipe.dropout,
    use_rslora: recipe.rslora,
    use_dora: recipe.dora,
    target_modules: targetPattern ?? (targets === "all-linear" ? targets : names(targets)),
    exclude_modules: recipe.excludeTargets === undefined ? null : names(recipe.excludeTargets),
    layers_to_transform: layersToTransform ?? null,
    layers_pattern: layersPattern === undefined ? null : names(layersPattern),
    rank_pattern: recipe.rankPattern ?? {},
    alpha_pattern: recipe.alphaPattern ?? {},
    modules_to_save: recipe.modulesToSave === undefined ? null : names(recipe.modulesToSave),
  };
}

/** One name alone would be read as a pattern of whole names. */
const names = (given: string | readonly string[]): readonly string[] =>
  typeof given === "string" ? [given] : given;
