/**
 * safetensors: named tensors in one file (huggingface/safetensors, README, "Format"): the header's length as u64, a JSON header, then
 * the tensors' bytes without a gap, little-endian.
 */
import { FrugalError, invariant, systemCode, unwritable } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { dataPieces, fileSize, type RangedFiles, readSpan } from "./file-range.ts";
import { joinBytes } from "./join-bytes.ts";
import { type Damaged, encodeHeader, parseHeader } from "./safetensors-header.ts";
import { byteSize, type TensorRef } from "./tensor-ref.ts";

/** Tensors by name, in the order of the file's header. */
export interface SafetensorsFile<T extends TensorRef = TensorRef> {
  readonly tensors: ReadonlyMap<string, T>;
  readonly metadata: ReadonlyMap<string, string>;
}

export type MemoryTensor = TensorRef & { readonly data: Uint8Array };

/** The reference reader's own limit (safetensors/src/tensor.rs, MAX_HEADER_SIZE): a larger one is damage. */
const LARGEST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

const damagedFile =
  (file: string): Damaged =>
  (why, cause) =>
    new FrugalError({
      code: "bad-model",
      what: `${file} is no whole safetensors file`,
      why,
      remedy: "copy or make the file again",
      cause,
    });

function headerBytes(length: Uint8Array, fileBytes: number, damaged: Damaged): number {
  if (length.length < LENGTH_BYTES) throw damaged(`it has ${length.length} bytes`);
  const bytes = Number(new DataView(length.buffer, length.byteOffset).getBigUint64(0, true));
  if (bytes > LARGEST_HEADER_BYTES || LENGTH_BYTES + bytes > fileBytes) {
    throw damaged(`its header would take ${bytes} bytes of ${fileBytes}`);
  }
  return bytes;
}

/** Reads the header alone. @throws "bad-model", "unsupported-input", "file-missing", "file-unreadable". */
export async function openSafetensors(files: RangedFiles, path: string): Promise<SafetensorsFile> {
  const damaged = damagedFile(path);
  const size = await fileSize(files, path);
  const length = await readSpan(files, { path, offset: 0, length: Math.min(LENGTH_BYTES, size) });
  const headerLength = headerBytes(length, size, damaged);
  const dataStart = LENGTH_BYTES + headerLength;
  const text = await readSpan(files, { path, offset: LENGTH_BYTES, length: headerLength });
  const { metadata, tensors } = parseHeader(text, size - dataStart, damaged);
  const located = [...tensors].map(([name, { dtype, shape, begin, end }]): [string, TensorRef] => [
    name,
    { dtype, shape, data: { path, offset: dataStart + begin, length: end - begin } },
  ]);
  return { metadata, tensors: new Map(located) };
}

/** The same for a file in memory: tensors are views of `content`. @throws "bad-model", "unsupported-input". */
export function readSafetensors(file: string, content: Uint8Array): SafetensorsFile<MemoryTensor> {
  const damaged = damagedFile(file);
  const headerLength = headerBytes(content.subarray(0, LENGTH_BYTES), content.length, damaged);
  const data = content.subarray(LENGTH_BYTES + headerLength);
  const text = content.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength);
  const { metadata, tensors } = parseHeader(text, data.length, damaged);
  const viewed = [...tensors].map(([name, { dtype, shape, begin, end }]): [string, MemoryTensor] => [
    name,
    { dtype, shape, data: data.subarray(begin, end) },
  ]);
  return { metadata, tensors: new Map(viewed) };
}

/** @throws "unsupported-input" for a dtype that the format does not have. */
export function writeSafetensors(tensors: Readonly<Record<string, MemoryTensor>>): Uint8Array {
  const { bytes, order } = encodeHeader(new Map(Object.entries(tensors)));
  return joinBytes([bytes, ...order.map((name) => tensors[name]!.data)]);
}

/**
 * Copies tensors from where they lie, piece by piece: memory does not grow with the file. Readers see the old file or the whole new one.
 * @throws "unsupported-input"; "disk-full", "file-unwritable"; what reading the sources throws.
 */
export async function writeSafetensorsFile(
  files: Pick<Files, "readBytes" | "writeAtomicFrom">,
  path: string,
  tensors: ReadonlyMap<string, TensorRef>,
  options: { readonly metadata?: ReadonlyMap<string, string> } = {},
): Promise<void> {
  const { bytes, order } = encodeHeader(tensors, options.metadata);
  async function* content(): AsyncGenerator<Uint8Array> {
    yield bytes;
    for (const name of order) yield* tensorPieces(files, tensors.get(name)!);
  }
  try {
    await files.writeAtomicFrom(path, content());
  } catch (thrown) {
    if (systemCode(thrown) === undefined || thrown instanceof FrugalError) throw thrown;
    throw unwritable(`cannot write ${path}`, thrown, "choose another place");
  }
}

function tensorPieces(
  files: Pick<Files, "readBytes">,
  { dtype, shape, data }: TensorRef,
): AsyncGenerator<Uint8Array> {
  invariant(data.length === byteSize(dtype, shape), "a tensor's bytes fit its shape");
  return dataPieces(files, data);
}

/** The nearest fp32 of each value. */
export function fp32Tensor(shape: readonly number[], values: Float64Array): MemoryTensor {
  const data = new Uint8Array(values.length * 4);
  const view = new DataView(data.buffer);
  for (const [at, value] of values.entries()) view.setFloat32(at * 4, value, true);
  return { dtype: "float32", shape, data };
}

export function fp32Values({ data }: MemoryTensor): Float64Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: data.length / 4 }, (_, at) => view.getFloat32(at * 4, true));
}
