/** What was learned, as a folder in PEFT's layout (huggingface/peft, save_pretrained). */
import type { Files } from "../../core/ports.ts";
import { type MemoryTensor, writeSafetensors } from "../../formats/safetensors.ts";
import { elementCount } from "../../formats/tensor-ref.ts";
import type { EncoderJob } from "./encoder-job.ts";
import type { Recipe } from "./recipe.ts";

const PREFIX = "base_model.model.";

/** @returns the files' names. */
export async function writeAdapter(
  files: Files,
  recipe: Recipe,
  { step, head, adapted, train }: EncoderJob,
  parameters: Float32Array,
): Promise<readonly string[]> {
  const tensors: Record<string, MemoryTensor> = {};
  for (const [name, { offset, shape }] of step.spans) {
    const values = parameters.slice(offset, offset + elementCount(shape));
    tensors[PREFIX + name] = { dtype: "float32", shape, data: new Uint8Array(values.buffer) };
  }
  const modules = [...new Set([...head.shapes.keys()].map((name) => name.replace(/\.(weight|bias)$/, "")))];
  const config = {
    peft_type: "LORA",
    task_type:
      recipe.task === "token-classification"
        ? "TOKEN_CLS"
        : recipe.task === "text-classification"
          ? "SEQ_CLS"
          : "FEATURE_EXTRACTION",
    base_model_name_or_path: recipe.model,
    inference_mode: true,
    r: recipe.rank,
    lora_alpha: recipe.alpha,
    lora_dropout: 0,
    bias: "none",
    target_modules: adapted.map((weight) => weight.replace(/\.weight$/, "")),
    modules_to_save: modules.length > 0 ? modules : null,
  };
  const labels = {
    layout: train.layout,
    labels: train.names,
    pooling: head.pooling,
    max_length: recipe.maxLength,
  };
  await files.writeAtomic(`${recipe.out}/adapter_model.safetensors`, writeSafetensors(tensors));
  await files.writeAtomic(`${recipe.out}/adapter_config.json`, `${JSON.stringify(config, undefined, 2)}\n`);
  await files.writeAtomic(`${recipe.out}/frugal-task.json`, `${JSON.stringify(labels, undefined, 2)}\n`);
  return ["adapter_config.json", "adapter_model.safetensors", "frugal-task.json"];
}
