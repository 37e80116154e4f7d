/** What was learned, as a folder in PEFT's layout (huggingface/peft, save_pretrained). */
import type { Files } from "../../core/ports.ts";
import { adapterOf } from "../../learn/lora/adapter.ts";
import { writePeftFolder } from "../../learn/lora/peft-folder.ts";
import { moduleOf } from "../../learn/lora/resolve-settings.ts";
import { LORA_DEFAULTS, type LoraSettings, type PeftTask } from "../../learn/lora/settings.ts";
import { encoderPrefix } from "../../models/encoder/class-names.ts";
import type { EncoderJob } from "./encoder-job.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneTask } from "./recipe-fields.ts";

const TASKS: Readonly<Record<TuneTask, PeftTask>> = {
  "text-classification": "SEQ_CLS",
  "token-classification": "TOKEN_CLS",
  "sentence-similarity": "FEATURE_EXTRACTION",
  "causal-lm": "CAUSAL_LM",
};

/** @returns the files' names. */
export async function writeAdapter(
  files: Files,
  recipe: Recipe,
  { step, head, adapted, train, encoder }: EncoderJob,
  parameters: Float32Array,
): Promise<readonly string[]> {
  const modules = [...new Set([...head.shapes.keys()].map((name) => name.replace(/\.(weight|bias)$/, "")))];
  // PEFT's names of a bare encoder's layers lack what those of models with a head have in front.
  const prefix = modules.length > 0 ? "" : encoderPrefix(encoder.type);
  const settings: LoraSettings = {
    ...LORA_DEFAULTS,
    task_type: TASKS[recipe.task],
    base_model_name_or_path: recipe.model,
    r: recipe.rank,
    lora_alpha: recipe.alpha,
    target_modules: adapted
      .map(moduleOf)
      .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)),
    modules_to_save: modules.length > 0 ? modules : null,
  };
  await writePeftFolder(files, recipe.out, adapterOf(settings, step.spans, parameters), { prefix });
  const labels = {
    layout: train.layout,
    labels: train.names,
    pooling: head.pooling,
    max_length: recipe.maxLength,
  };
  await files.writeAtomic(`${recipe.out}/frugal-task.json`, `${JSON.stringify(labels, undefined, 2)}\n`);
  return ["adapter_config.json", "adapter_model.safetensors", "frugal-task.json"];
}
