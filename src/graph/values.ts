/** Small tensors whose values are known when the graph is built: shapes, axes, scalars. */
import { InternalError } from "../core/error.ts";
import { fromFloat32, toFloat32 } from "../formats/convert-dtype.ts";
import { type Dtype, elementCount, type TensorRef } from "../formats/tensor-ref.ts";

export interface Values {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Row-major; booleans are 0 and 1. */
  readonly values: readonly number[];
}

/** Larger tensors are weights: nothing that decides a shape. */
export const MOST_KNOWN = 4_096;

interface Access {
  readonly bytes: number;
  readonly get: (view: DataView, at: number) => number;
  readonly set: (view: DataView, at: number, value: number) => void;
}
const ACCESS: Readonly<Partial<Record<Dtype, Access>>> = {
  float16: {
    bytes: 2,
    get: (v, at) => toFloat32(new Uint8Array(v.buffer, v.byteOffset + at, 2), "float16")[0]!,
    set: (v, at, x) => {
      const [low, high] = fromFloat32(Float32Array.of(x), "float16") as Uint8Array & [number, number];
      v.setUint8(at, low);
      v.setUint8(at + 1, high);
    },
  },
  float32: { bytes: 4, get: (v, at) => v.getFloat32(at, true), set: (v, at, x) => v.setFloat32(at, x, true) },
  float64: { bytes: 8, get: (v, at) => v.getFloat64(at, true), set: (v, at, x) => v.setFloat64(at, x, true) },
  int8: { bytes: 1, get: (v, at) => v.getInt8(at), set: (v, at, x) => v.setInt8(at, x) },
  uint8: { bytes: 1, get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x) },
  int16: { bytes: 2, get: (v, at) => v.getInt16(at, true), set: (v, at, x) => v.setInt16(at, x, true) },
  int32: { bytes: 4, get: (v, at) => v.getInt32(at, true), set: (v, at, x) => v.setInt32(at, x, true) },
  uint32: { bytes: 4, get: (v, at) => v.getUint32(at, true), set: (v, at, x) => v.setUint32(at, x, true) },
  int64: {
    bytes: 8,
    get: (v, at) => Number(v.getBigInt64(at, true)),
    set: (v, at, x) => v.setBigInt64(at, BigInt(x), true),
  },
  bool: { bytes: 1, get: (v, at) => v.getUint8(at), set: (v, at, x) => v.setUint8(at, x === 0 ? 0 : 1) },
};

/** undefined for what is large, lies in a file, or has a dtype that decides nothing. */
export function knownValues({ dtype, shape, data }: TensorRef): Values | undefined {
  const access = ACCESS[dtype];
  const count = elementCount(shape);
  if (access === undefined || count > MOST_KNOWN || !(data instanceof Uint8Array)) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return {
    dtype,
    shape,
    values: Array.from({ length: count }, (_, at) => access.get(view, at * access.bytes)),
  };
}

export function tensorOf({ dtype, shape, values }: Values): TensorRef {
  const access = ACCESS[dtype];
  if (access === undefined) throw new InternalError(`no constants of ${dtype}`);
  const data = new Uint8Array(values.length * access.bytes);
  const view = new DataView(data.buffer);
  for (const [at, value] of values.entries()) access.set(view, at * access.bytes, value);
  return { dtype, shape, data };
}

export const int64 = (values: readonly number[]): Values => ({
  dtype: "int64",
  shape: [values.length],
  values,
});
export const scalar = (value: number, dtype: Dtype = "float32"): Values => ({
  dtype,
  shape: [],
  values: [value],
});
