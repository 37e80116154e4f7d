/**
 * PyTorch's weights (`pytorch_model.bin`, `.pt`): a zip archive with the tensors' bytes and a pickle that names them
 * (pytorch/pytorch, torch/serialization.py, _save). Opened as data: no pickle is run.
 */
import { FrugalError } from "../../core/error.ts";
import { fileSize, type RangedFiles, readSpan } from "../file-range.ts";
import type { StridedTensor } from "../stored-tensor.ts";
import { byteSize, type FileSpan, type TensorRef } from "../tensor-ref.ts";
import { openSharded } from "../weight-index.ts";
import { TORCH_MEANING, TorchTensor } from "./torch-globals.ts";
import { DamagedPickle, RefusedPickle, unpickle } from "./unpickle.ts";
import { ZipArchive } from "./zip-entries.ts";

type Tensors = ReadonlyMap<string, TensorRef | StridedTensor>;

/** Some 250 bytes for each tensor. */
const LARGEST_PICKLE_BYTES = 64 * 1024 * 1024;
const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
/** Pickle of the number 0x1950a86a20f9469cfc6c: torch/serialization.py, MAGIC_NUMBER, first in files of before PyTorch 1.6. */
const LEGACY_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Reads the directory and the pickle; the tensors' bytes stay where they are.
 * @throws "unsupported-input" for older formats and for pickles that are more than data; "bad-model", "file-missing", "file-unreadable".
 */
export async function openPytorch(files: RangedFiles, path: string): Promise<Tensors> {
  await checkKind(files, path);
  const archive = await ZipArchive.open(files, path);
  const pickleName = [...archive.entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) throw damaged(path, "it is a zip archive without a data.pkl");
  const folder = pickleName.slice(0, -"data.pkl".length);
  if (archive.entries.has(`${folder}constants.pkl`)) {
    throw refused(path, "it is a TorchScript program, not weights alone");
  }
  const order = await archive.locate(`${folder}byteorder`);
  if (order !== undefined && !(await isLittle(files, order))) {
    throw refused(path, "it was written on a big-endian processor");
  }
  const span = (await archive.locate(pickleName))!;
  if (span.length > LARGEST_PICKLE_BYTES) throw damaged(path, `its pickle has ${span.length} bytes`);
  const named = tensorsOf(path, await readSpan(files, span));
  const spans = new Map<string, FileSpan>();
  const tensors = new Map<string, TensorRef | StridedTensor>();
  for (const [name, tensor] of named) {
    const { key, bytes } = tensor.storage;
    const whole = spans.get(key) ?? (await archive.locate(`${folder}data/${key}`));
    if (whole?.length !== bytes) {
      throw damaged(path, `${name} has ${whole?.length ?? 0} of ${bytes} bytes of storage`);
    }
    spans.set(key, whole);
    tensors.set(name, located(tensor, whole));
  }
  return tensors;
}

/** @throws as `openPytorch`; "model-incomplete" for a missing shard. */
export const openPytorchShards = (
  files: RangedFiles,
  indexPath: string,
): Promise<{ readonly tensors: Tensors; readonly paths: readonly string[] }> =>
  openSharded(files, indexPath, (path) => openPytorch(files, path));

async function checkKind(files: RangedFiles, path: string): Promise<void> {
  const size = await fileSize(files, path);
  const head = await readSpan(files, { path, offset: 0, length: Math.min(512, size) });
  const begins = (magic: readonly number[], at: number): boolean =>
    magic.every((byte, n) => head[at + n] === byte);
  if (begins(ZIP_MAGIC, 0)) return;
  const isTar = new TextDecoder().decode(head.subarray(257, 262)) === "ustar";
  // After the protocol, two bytes.
  if (isTar || begins(LEGACY_MAGIC, 2)) throw refused(path, "it is in the format of PyTorch before 1.6");
  throw damaged(path, size === 0 ? "it is empty" : "it does not begin as a zip archive does");
}

const isLittle = async (files: RangedFiles, span: FileSpan): Promise<boolean> =>
  span.length === 6 && new TextDecoder().decode(await readSpan(files, span)) === "little";

function tensorsOf(path: string, pickle: Uint8Array): ReadonlyMap<string, TorchTensor> {
  let value: unknown;
  try {
    value = unpickle(pickle, TORCH_MEANING);
  } catch (thrown) {
    if (thrown instanceof RefusedPickle) throw refused(path, thrown.message, thrown);
    if (thrown instanceof DamagedPickle) throw damaged(path, `of its pickle, ${thrown.message}`, thrown);
    throw thrown;
  }
  if (!(value instanceof Map)) throw refused(path, "it holds no tensors by name");
  for (const [name, tensor] of value) {
    if (typeof name === "string" && tensor instanceof TorchTensor) continue;
    throw refused(path, `beside tensors by name, it holds ${String(name).slice(0, 200)}`);
  }
  return value;
}

function located(tensor: TorchTensor, { path, offset: from }: FileSpan): TensorRef | StridedTensor {
  const { dtype, shape, strides, offset, reach } = tensor;
  const size = byteSize(dtype, [1]);
  const data = { path, offset: from + offset * size, length: reach * size };
  return isContiguous(shape, strides) ? { dtype, shape, data } : { dtype, shape, strides, data };
}

/** Strides of sides of 1 mean nothing. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let step = 1;
  for (let dim = shape.length - 1; dim >= 0; dim--) {
    if (shape[dim] !== 1 && strides[dim] !== step) return false;
    step *= shape[dim]!;
  }
  return true;
}

const refused = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "unsupported-input",
    what: `${path} is not read`,
    why: `${why}; pickles can run any code, so only plain state dicts are taken, and only as data`,
    remedy:
      "if you trust the file, load it with PyTorch, and save its state dict with safetensors.torch.save_file; or use a model that comes as safetensors",
    cause,
  });

const damaged = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} is no whole PyTorch file`,
    why,
    remedy: "copy or download the file again",
    cause,
  });
