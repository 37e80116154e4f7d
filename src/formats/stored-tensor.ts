/** What weight files hold beside plain tensors: views with strides (PyTorch) and blocks of quantized values (GGUF), read when needed. */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { toFloat32 } from "./convert-dtype.ts";
import { readSpan } from "./file-range.ts";
import { DEQUANTIZE } from "./gguf/dequantize.ts";
import type { GgmlType } from "./gguf/ggml-types.ts";
import {
  byteSize, computedBytes, type Data, type Dtype, elementCount, type FileSpan, type TensorRef,
} from "./tensor-ref.ts"; // biome-ignore format: one import

/** Elements that do not follow one another, such as those of a transposed matrix. */
export interface StridedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Elements to go on by for the next index of each dimension; none is negative. */
  readonly strides: readonly number[];
  /** From the first element to the last. */
  readonly data: FileSpan;
}

export interface BlockTensor {
  readonly blocks: GgmlType;
  /** Row-major; the last dimension is a multiple of the block. */
  readonly shape: readonly number[];
  readonly data: FileSpan;
}

export type StoredTensor = TensorRef | StridedTensor | BlockTensor;

/**
 * The tensor's bytes in memory, row-major: strides resolved, blocks dequantized to fp32.
 * @throws "unsupported-input" for a quantized type that is not known here; "bad-model", "file-unreadable".
 */
export async function readPlain(
  files: Pick<Files, "readBytes">,
  tensor: StoredTensor,
): Promise<TensorRef & { readonly data: Uint8Array }> {
  const { shape, data } = tensor;
  const bytes = await bytesOf(files, data);
  if ("blocks" in tensor) {
    const values = dequantized(tensor, bytes);
    return { dtype: "float32", shape, data: new Uint8Array(values.buffer) };
  }
  const { dtype } = tensor;
  if (!("strides" in tensor)) return { dtype, shape, data: bytes };
  return { dtype, shape, data: gather(bytes, tensor) };
}

/** The values as fp32, rounded where the stored type has more digits. @throws as `readPlain`. */
export async function readFloat32(
  files: Pick<Files, "readBytes">,
  tensor: StoredTensor,
): Promise<Float32Array> {
  const { dtype, data } = await readPlain(files, tensor);
  // What was read for this is nobody else's.
  if (dtype === "float32" && data !== tensor.data && data.byteOffset % 4 === 0) {
    return new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  }
  return toFloat32(data, dtype);
}

async function bytesOf(files: Pick<Files, "readBytes">, data: Data): Promise<Uint8Array> {
  if (data instanceof Uint8Array) return data;
  return "pieces" in data ? await computedBytes(files, data) : await readSpan(files, data);
}

function dequantized({ blocks, shape }: BlockTensor, bytes: Uint8Array): Float32Array {
  const dequantize = DEQUANTIZE.get(blocks.name);
  if (dequantize === undefined) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `cannot read weights quantized as ${blocks.name}`,
      why: `only ${[...DEQUANTIZE.keys()].join(", ")} are read`,
      remedy: "use a version of the model in one of these, or in F16, BF16 or F32",
    });
  }
  const out = new Float32Array(elementCount(shape));
  dequantize(bytes, out);
  return out;
}

function gather(bytes: Uint8Array, { dtype, shape, strides }: StridedTensor): Uint8Array {
  const size = byteSize(dtype, [1]);
  const out = new Uint8Array(byteSize(dtype, shape));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from * size + byte]!;
    // The next index, last dimension first; `from` follows it.
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      index[dim]!++;
      from += strides[dim]!;
      if (index[dim]! < shape[dim]!) break;
      from -= shape[dim]! * strides[dim]!;
      index[dim] = 0;
    }
  }
  return out;
}
