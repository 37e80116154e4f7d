/** A model whose weights were all trained. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { adapterOf } from "../../learn/lora/adapter.ts";
import { TASK_FILE } from "../../learn/lora/adapter-task.ts";
import { exportFull } from "../../learn/lora/export-full.ts";
import { LORA_DEFAULTS } from "../../learn/lora/settings.ts";
import { taskConfig } from "../../learn/lora/task-config.ts";
import { encoderPrefix } from "../../models/encoder/class-names.ts";
import type { OpenEncoder } from "../../models/encoder/open-encoder.ts";
import type { TaskHead } from "./encoder-head.ts";
import type { EncoderRecipe } from "./recipe.ts";
import { type LearnedParts, writeTask } from "./write-adapter.ts";

/** @throws "bad-option" for what would end as no model that transformers loads. */
export function requireFull({ paths }: OpenEncoder, { pooling }: TaskHead, recipe: EncoderRecipe): void {
  const refuse = (why: string, remedy = "use --method lora"): FrugalError =>
    new FrugalError({
      code: "bad-option",
      what: `--method full does not go with ${recipe.model}`,
      why,
      remedy,
    });
  if (recipe.base !== "f32")
    throw refuse(`--base ${recipe.base} is for frozen weights, and none is frozen`, "leave --base out");
  if (paths.some((path) => /\.(onnx|gguf)$/.test(path)))
    throw refuse("its weights lie in an ONNX or GGUF file, under names of their own");
  if (recipe.task === "text-classification" && pooling === "mean")
    throw refuse("its head would read the mean of the tokens, which no class of transformers does");
}

export interface FullParts extends LearnedParts {
  readonly fileNameOf: (weight: string) => string | undefined;
}

/** @returns the files' names. */
export async function writeFull(
  files: Files,
  recipe: EncoderRecipe,
  { spans, head, texts, type, fileNameOf }: FullParts,
  parameters: Float32Array,
): Promise<readonly string[]> {
  const all = [...adapterOf(LORA_DEFAULTS, spans, parameters).tensors];
  const written = await exportFull(files, {
    base: recipe.model,
    out: recipe.out,
    trained: new Map(all.flatMap(([name, tensor]) => [[fileNameOf(name) ?? name, tensor]])),
    head: new Map(all.filter(([name]) => head.shapes.has(name))),
    prefix: encoderPrefix(type),
    config: taskConfig({ task: recipe.task, layout: texts.layout, labels: texts.names }, type),
  });
  await writeTask(files, recipe, { head, texts });
  return [...written, TASK_FILE];
}
