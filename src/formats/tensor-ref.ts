/**
 * A tensor whose bytes stay where they are, in a file, until somebody needs them: graphs of models larger than memory, or than the
 * 2 GB that protobuf allows, are handled without reading their weights.
 */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

/** Bits of one element; strings have none. Four-bit values lie two to a byte, the first in the low half (onnx.proto3, TensorProto). */
export const DTYPE_BITS = {
  float32: 32, float64: 64, float16: 16, bfloat16: 16, complex64: 64, complex128: 128,
  float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8, float8e8m0: 8, float4e2m1: 4,
  int2: 2, uint2: 2, int4: 4, uint4: 4, int8: 8, uint8: 8, int16: 16, uint16: 16, int32: 32, uint32: 32, int64: 64, uint64: 64, bool: 8,
} as const; // biome-ignore format: one line reads as one row

export type Dtype = keyof typeof DTYPE_BITS | "string";

export interface FileSpan {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that are computed whenever they are read, a piece at a time, such as a file's weights in another type. */
export interface ComputedBytes {
  readonly length: number;
  readonly pieces: (files: Pick<Files, "readBytes">) => AsyncIterable<Uint8Array>;
}

export type Data = Uint8Array | FileSpan | ComputedBytes;

export interface TensorRef {
  readonly dtype: Dtype;
  /** Row-major; [] is a scalar. */
  readonly shape: readonly number[];
  /** Little-endian, without padding; of strings as onnx/string-tensor.ts encodes them. */
  readonly data: Data;
}

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, side) => product * side, 1);

/** @throws "bad-model" for strings, whose size is not in their type. */
export function byteSize(dtype: Dtype, shape: readonly number[]): number {
  if (dtype === "string") {
    throw new FrugalError({
      code: "bad-model",
      what: "a tensor of strings has no size",
      why: "only tensors of numbers are computed with",
      remedy: "use a model without string tensors",
    });
  }
  return Math.ceil((elementCount(shape) * DTYPE_BITS[dtype]) / 8);
}

/** All at once. */
export async function computedBytes(
  files: Pick<Files, "readBytes">,
  { length, pieces }: ComputedBytes,
): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces(files)) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** @throws what the file's read throws. */
export async function tensorBytes(files: Pick<Files, "readBytes">, tensor: TensorRef): Promise<Uint8Array> {
  const { data } = tensor;
  if (data instanceof Uint8Array) return data;
  if ("pieces" in data) return await computedBytes(files, data);
  const { path, offset, length } = data;
  return await files.readBytes(path, { offset, length });
}
