/**
 * Weights split over several files, with an index that tells which tensor is in which: `model.safetensors.index.json` and
 * `pytorch_model.bin.index.json` have the same shape (huggingface/huggingface_hub, src/huggingface_hub/serialization/_base.py).
 */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { fileSize, type RangedFiles, readSpan } from "./file-range.ts";

/** A million tensors with long names stay below; a larger index is damage. */
const LARGEST_INDEX_BYTES = 256 * 1024 * 1024;

interface WeightIndex {
  /** In the index's order, each once. */
  readonly shards: readonly string[];
  readonly fileOf: ReadonlyMap<string, string>;
}

/**
 * The tensors of all shards, each opened by `open`.
 * @throws "model-incomplete" for a missing shard; "bad-model" when index and shards do not agree; what `open` throws.
 */
export async function openSharded<T>(
  files: RangedFiles,
  indexPath: string,
  open: (path: string) => Promise<ReadonlyMap<string, T>>,
): Promise<{ readonly tensors: ReadonlyMap<string, T>; readonly paths: readonly string[] }> {
  const { shards, fileOf } = await readIndex(files, indexPath);
  const folder = indexPath.slice(0, indexPath.lastIndexOf("/") + 1);
  const tensors = new Map<string, T>();
  const foundIn = new Map<string, string>();
  for (const shard of shards) {
    for (const [name, tensor] of await openShard(indexPath, folder + shard, open)) {
      const other = foundIn.get(name);
      if (other !== undefined) throw disagree(indexPath, `${name} is in both ${other} and ${shard}`);
      foundIn.set(name, shard);
      tensors.set(name, tensor);
    }
  }
  for (const [name, shard] of fileOf) {
    if (foundIn.get(name) !== shard) throw disagree(indexPath, `${name} is not in ${shard}`);
  }
  return { tensors, paths: shards.map((shard) => folder + shard) };
}

async function openShard<T>(
  indexPath: string,
  path: string,
  open: (path: string) => Promise<ReadonlyMap<string, T>>,
): Promise<ReadonlyMap<string, T>> {
  try {
    return await open(path);
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code !== "file-missing") throw thrown;
    throw new FrugalError({
      code: "model-incomplete",
      what: `${path} is missing`,
      why: `${indexPath} lists it among the files of the model's weights`,
      remedy: "copy or download the whole model again",
      cause: thrown,
    });
  }
}

async function readIndex(files: RangedFiles, path: string): Promise<WeightIndex> {
  const size = await fileSize(files, path);
  if (size > LARGEST_INDEX_BYTES) throw disagree(path, `it has ${size} bytes`);
  const bytes = await readSpan(files, { path, offset: 0, length: size });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw disagree(path, "it is not JSON", thrown);
  }
  const map = (value as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null) throw disagree(path, "it has no weight_map");
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    // A plain name in the same folder: an index must not lead out of its model.
    if (typeof file !== "string" || !/^[^/\\]+$/.test(file) || file === "..") {
      throw disagree(path, `it says that ${name} is in ${JSON.stringify(file)}`);
    }
    fileOf.set(name, file);
  }
  if (fileOf.size === 0) throw disagree(path, "it lists no tensor");
  return { fileOf, shards: [...new Set(fileOf.values())] };
}

/** Written after all shards, so that a folder with an index is whole. */
export async function writeIndex(
  files: Pick<Files, "writeAtomic">,
  path: string,
  index: { readonly fileOf: ReadonlyMap<string, string>; readonly totalBytes: number },
): Promise<void> {
  const content = {
    metadata: { total_size: index.totalBytes },
    weight_map: Object.fromEntries(index.fileOf),
  };
  await files.writeAtomic(path, `${JSON.stringify(content, null, 2)}\n`);
}

const disagree = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} does not fit the model's files`,
    why,
    remedy: "copy or download the whole model again",
    cause,
  });
