/** What was learned, as a folder in PEFT's layout (huggingface/peft, save_pretrained). */

import type { Files } from "../../core/ports.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import type { EncodedTexts } from "../../learn/data/encode-texts.ts";
import type { FittedHead } from "../../learn/fitted-head.ts";
import { adapterOf } from "../../learn/lora/adapter.ts";
import { TASK_FILE, taskJson } from "../../learn/lora/adapter-task.ts";
import type { TrainStep } from "../../learn/lora/assemble-step.ts";
import { writePeftFolder } from "../../learn/lora/peft-folder.ts";
import { moduleOf } from "../../learn/lora/resolve-settings.ts";
import type { LoraSettings } from "../../learn/lora/settings.ts";
import { encoderPrefix } from "../../models/encoder/class-names.ts";
import type { TaskHead } from "./encoder-head.ts";
import { loraSettings } from "./lora-settings.ts";
import type { EncoderRecipe } from "./recipe.ts";

export interface LearnedParts {
  readonly spans: TrainStep["spans"];
  readonly head: TaskHead;
  /** The weights that got an adapter. */
  readonly adapted: readonly string[];
  readonly texts: Pick<EncodedTexts, "layout" | "names">;
  /** The base's, as its config names it. */
  readonly type: string;
  /** A head that was fitted beside the steps. */
  readonly fitted?: FittedHead;
}

/** @returns the files' names. */
export async function writeAdapter(
  files: Files,
  recipe: EncoderRecipe,
  { spans, head, adapted, texts, type, fitted }: LearnedParts,
  parameters: Float32Array,
): Promise<readonly string[]> {
  const beside: readonly [string, MemoryTensor][] =
    fitted === undefined
      ? []
      : [
          ["classifier.weight", fitted.weight],
          ["classifier.bias", fitted.bias],
        ];
  const whole = [...head.shapes.keys(), ...beside.map(([name]) => name)];
  const modules = [...new Set(whole.map((name) => name.replace(/\.(weight|bias)$/, "")))];
  // PEFT's names of a bare encoder's layers lack what those of models with a head have in front.
  const prefix = modules.length > 0 ? "" : encoderPrefix(type);
  const told = loraSettings(recipe);
  modules.push(...(told.modules_to_save ?? []).filter((name) => !modules.includes(name)));
  const settings: LoraSettings = {
    ...told,
    // What they choose is said below, by whole names.
    exclude_modules: null,
    target_modules: adapted
      .map(moduleOf)
      .map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)),
    modules_to_save: modules.length > 0 ? modules : null,
  };
  const { tensors } = adapterOf(settings, spans, parameters);
  const adapter = { settings, tensors: new Map([...tensors, ...beside]) };
  await writePeftFolder(files, recipe.out, adapter, { prefix });
  await writeTask(files, recipe, { head, texts });
  return ["adapter_config.json", "adapter_model.safetensors", TASK_FILE];
}

export function writeTask(
  files: Pick<Files, "writeAtomic">,
  recipe: EncoderRecipe,
  { head, texts }: Pick<LearnedParts, "head" | "texts">,
): Promise<void> {
  const task = taskJson({
    task: recipe.task,
    layout: texts.layout,
    labels: texts.names,
    pooling: head.pooling,
    maxLength: recipe.maxLength,
  });
  return files.writeAtomic(`${recipe.out}/${TASK_FILE}`, task);
}
