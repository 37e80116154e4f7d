/** A model whose weights were all trained, as a folder of its own in the layout of the Hugging Face Hub. */
import type { Files } from "../../core/ports.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { writeSafetensorsFolder } from "../../formats/safetensors-folder.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { openWeights } from "../../models/open-weights.ts";
import type { JsonObject } from "../../models/read-model-json.ts";
import { copyCompanions, requireApart } from "./export-merged.ts";

export interface FullModel {
  /** The folder that the training started from. */
  readonly base: string;
  readonly out: string;
  /** By the names of the base's files. */
  readonly trained: ReadonlyMap<string, TensorRef>;
  /** Weights that the base lacks or has for other labels. */
  readonly head: ReadonlyMap<string, TensorRef>;
  /** What names have in front in models with a head, such as "bert.". */
  readonly prefix: string;
  /** What config.json says otherwise than that of the base. */
  readonly config: JsonObject;
}

/**
 * All floats are float32: what was trained is not rounded to what the base was stored in.
 * @returns the names of the files. @throws as `openWeights`; "bad-option", "disk-full", "file-unwritable".
 */
export async function exportFull(
  files: RangedFiles &
    Pick<Files, "list" | "readText" | "readBytes" | "stream" | "writeAtomic" | "writeAtomicFrom">,
  { base, out, trained, head, prefix, config }: FullModel,
): Promise<readonly string[]> {
  requireApart(base, out);
  const { tensors } = await openWeights(files, base);
  const isBare = head.size > 0 && ![...tensors.keys()].some((name) => name.startsWith(prefix));
  const all = new Map<string, TensorRef>();
  for (const [name, tensor] of tensors) {
    // Numbers of positions, which some versions store beside the weights: they are computed.
    if ("dtype" in tensor && /^u?int/.test(tensor.dtype)) continue;
    all.set(isBare ? prefix + name : name, trained.get(name) ?? asFloat(tensor, "float32"));
  }
  for (const [name, tensor] of head) all.set(name, tensor);
  const written = await writeSafetensorsFolder(files, out, all);
  const dtype = { dtype: "float32", torch_dtype: "float32" };
  return [...written, ...(await copyCompanions(files, { base, out, config: { ...config, ...dtype } }))];
}
