/** The weights of a model folder, whichever of the three formats they come in; their bytes stay in the files until read. */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { clearStat, fileSize, type RangedFiles, unreadable } from "../formats/file-range.ts";
import type { GgufValue } from "../formats/gguf/gguf-values.ts";
import { openGgufParts } from "../formats/gguf/open-gguf.ts";
import { openPytorch, openPytorchShards } from "../formats/pytorch/open-pytorch.ts";
import { openSafetensors } from "../formats/safetensors.ts";
import { openSafetensorsShards, SAFETENSORS_INDEX, SAFETENSORS_NAME } from "../formats/safetensors-folder.ts";
import type { StoredTensor } from "../formats/stored-tensor.ts";

export interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly format: "safetensors" | "pytorch" | "gguf";
  /** The files that hold them. */
  readonly paths: readonly string[];
  /** What a GGUF file tells of the model beside its weights. */
  readonly gguf?: ReadonlyMap<string, GgufValue>;
}

type WeightFiles = RangedFiles & Pick<Files, "list">;

const PYTORCH_NAME = "pytorch_model.bin";
const PYTORCH_INDEX = "pytorch_model.bin.index.json";
/** As huggingface_hub and llama.cpp name parts. */
const SHARD = /^(.*)-(\d{5})-of-(\d{5})\.(safetensors|bin|gguf)$/;

/**
 * Of several formats, the safest to read and most exact is taken: safetensors, then PyTorch, then GGUF.
 * @param path a model's folder, or one file of weights.
 * @throws "file-missing" when there is nothing at `path`; "model-incomplete" when a folder holds no weights or only a part of them;
 * "bad-option" when it holds several GGUF models; "bad-model", "unsupported-input", "file-unreadable".
 */
export async function openWeights(files: WeightFiles, path: string): Promise<Weights> {
  const names = await listFolder(files, path);
  if (names === undefined) return await openFile(files, path);
  const inFolder = (name: string): string => `${path}/${name}`;
  const first = [SAFETENSORS_NAME, SAFETENSORS_INDEX, PYTORCH_NAME, PYTORCH_INDEX].find((name) =>
    names.includes(name),
  );
  if (first !== undefined) return await openFile(files, inFolder(first));
  const lone = names.find((name) => SHARD.test(name) && !name.endsWith(".gguf"));
  if (lone !== undefined) {
    throw incomplete(path, `it has ${lone}, but no index that tells which files belong to it`);
  }
  const ggufs = names.filter((name) => name.endsWith(".gguf"));
  if (ggufs.length === 0) {
    throw incomplete(path, `it has none of ${SAFETENSORS_NAME}, ${PYTORCH_NAME}, their indexes, or *.gguf`);
  }
  const models = new Set(ggufs.map((name) => SHARD.exec(name)?.[1] ?? name));
  if (models.size === 1) return await openFile(files, inFolder(ggufs[0]!));
  throw new FrugalError({
    code: "bad-option",
    what: `${path} holds several models`,
    why: `any of ${ggufs.join(", ")} could be meant`,
    remedy: "give the path of one of these files",
  });
}

async function openFile(files: WeightFiles, path: string): Promise<Weights> {
  await fileSize(files, path);
  if (path.endsWith(".safetensors.index.json")) {
    return { format: "safetensors", ...(await openSafetensorsShards(files, path)) };
  }
  if (path.endsWith(".safetensors")) {
    const { tensors } = await openSafetensors(files, path);
    return { format: "safetensors", tensors, paths: [path] };
  }
  if (path.endsWith(".bin.index.json"))
    return { format: "pytorch", ...(await openPytorchShards(files, path)) };
  if (/\.(bin|pt|pth)$/.test(path)) {
    return { format: "pytorch", tensors: await openPytorch(files, path), paths: [path] };
  }
  if (path.endsWith(".gguf")) {
    const paths = await partsOf(files, path);
    const { tensors, metadata } = await openGgufParts(files, paths);
    return { format: "gguf", tensors, paths, gguf: metadata };
  }
  throw new FrugalError({
    code: "unsupported-input",
    what: `cannot read ${path} as weights`,
    why: "its name ends in none of .safetensors, .bin, .pt, .pth, .gguf, .index.json",
    remedy: "give a model's folder, or the file that holds its weights",
  });
}

/** All parts of a split GGUF, given any of them. */
async function partsOf(files: WeightFiles, path: string): Promise<readonly string[]> {
  const cut = path.lastIndexOf("/") + 1;
  const [, model, , count] = SHARD.exec(path.slice(cut)) ?? [];
  if (Number(count ?? 0) === 0) return [path];
  const paths: string[] = [];
  for (let part = 1; part <= Number(count); part++) {
    const name = `${model}-${String(part).padStart(5, "0")}-of-${count}.gguf`;
    const found = path.slice(0, cut) + name;
    if ((await clearStat(files, found)) === undefined) throw incomplete(path, `${name} is missing`);
    paths.push(found);
  }
  return paths;
}

/** undefined for what is no folder. */
async function listFolder(files: WeightFiles, path: string): Promise<readonly string[] | undefined> {
  if ((await clearStat(files, path))?.kind !== "folder") return undefined;
  try {
    return await files.list(path);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

const incomplete = (path: string, why: string): FrugalError =>
  new FrugalError({
    code: "model-incomplete",
    what: `${path} does not hold all of a model's weights`,
    why,
    remedy: "copy or download the whole model again",
  });
