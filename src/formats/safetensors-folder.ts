/** safetensors in a model folder: one file, or shards with an index, as huggingface_hub names and splits them. */
import { FrugalError, systemCode, unwritable } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import type { RangedFiles } from "./file-range.ts";
import { openSafetensors, writeSafetensorsFile } from "./safetensors.ts";
import { byteSize, type TensorRef } from "./tensor-ref.ts";
import { openSharded, writeIndex } from "./weight-index.ts";

export const SAFETENSORS_NAME = "model.safetensors";
export const SAFETENSORS_INDEX = "model.safetensors.index.json";

/** huggingface_hub's own (constants.py, MAX_SHARD_SIZE "5GB"). */
const USUAL_SHARD_BYTES = 5_000_000_000;

/** @throws "model-incomplete", "bad-model", "unsupported-input", "file-missing", "file-unreadable". */
export const openSafetensorsShards = (
  files: RangedFiles,
  indexPath: string,
): Promise<{ readonly tensors: ReadonlyMap<string, TensorRef>; readonly paths: readonly string[] }> =>
  openSharded(files, indexPath, async (path) => (await openSafetensors(files, path)).tensors);

/**
 * Splits in the given order: a file is full when the next tensor would exceed the maximum, and a larger tensor has a file to itself.
 * One file needs no index. An index is the last to be written; without it, a folder of shards is no model.
 * @returns the files' names, the index last.
 * @throws "unsupported-input"; "disk-full", "file-unwritable"; what reading the sources throws.
 */
export async function writeSafetensorsFolder(
  files: Pick<Files, "readBytes" | "writeAtomic" | "writeAtomicFrom">,
  folder: string,
  tensors: ReadonlyMap<string, TensorRef>,
  options: { readonly maxShardBytes?: number; readonly metadata?: ReadonlyMap<string, string> } = {},
): Promise<readonly string[]> {
  const shards = splitByBytes(tensors, options.maxShardBytes ?? USUAL_SHARD_BYTES);
  // What loaders look for to tell PyTorch's layout from others (transformers, modeling_utils.py, save_pretrained).
  const metadata = options.metadata ?? new Map([["format", "pt"]]);
  const names = shards.map((_, at) =>
    shards.length === 1 ? SAFETENSORS_NAME : shardName(at, shards.length),
  );
  const fileOf = new Map<string, string>();
  for (const [at, shard] of shards.entries()) {
    await writeSafetensorsFile(files, `${folder}/${names[at]}`, shard, { metadata });
    for (const name of shard.keys()) fileOf.set(name, names[at]!);
  }
  if (shards.length === 1) return names;
  let totalBytes = 0;
  for (const { dtype, shape } of tensors.values()) totalBytes += byteSize(dtype, shape);
  const path = `${folder}/${SAFETENSORS_INDEX}`;
  try {
    await writeIndex(files, path, { fileOf, totalBytes });
  } catch (thrown) {
    if (thrown instanceof FrugalError || systemCode(thrown) === undefined) throw thrown;
    throw unwritable(`cannot write ${path}`, thrown, "choose another folder");
  }
  return [...names, SAFETENSORS_INDEX];
}

function splitByBytes(tensors: ReadonlyMap<string, TensorRef>, maxBytes: number): Map<string, TensorRef>[] {
  let shard = new Map<string, TensorRef>();
  const shards = [shard];
  let filled = 0;
  for (const [name, tensor] of tensors) {
    const size = byteSize(tensor.dtype, tensor.shape);
    if (shard.size > 0 && filled + size > maxBytes) {
      shard = new Map();
      shards.push(shard);
      filled = 0;
    }
    shard.set(name, tensor);
    filled += size;
  }
  return shards;
}

const shardName = (at: number, count: number): string =>
  `model-${String(at + 1).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.safetensors`;
