/** The elements of a tensor as numbers, or as texts. */
import { stringElements } from "../../src/formats/onnx/string-tensor.ts";
import { type Dtype, elementCount, type TensorRef } from "../../src/formats/tensor-ref.ts";

type Read = (view: DataView, at: number) => number;
const READ: Readonly<Partial<Record<Dtype, readonly [bytes: number, read: Read]>>> = {
  float64: [8, (view, at) => view.getFloat64(at, true)],
  float32: [4, (view, at) => view.getFloat32(at, true)],
  float16: [2, (view, at) => half(view.getUint16(at, true))],
  bfloat16: [2, (view, at) => upperHalf(view.getUint16(at, true))],
  int8: [1, (view, at) => view.getInt8(at)],
  uint8: [1, (view, at) => view.getUint8(at)],
  bool: [1, (view, at) => view.getUint8(at)],
  int16: [2, (view, at) => view.getInt16(at, true)],
  uint16: [2, (view, at) => view.getUint16(at, true)],
  int32: [4, (view, at) => view.getInt32(at, true)],
  uint32: [4, (view, at) => view.getUint32(at, true)],
  int64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  uint64: [8, (view, at) => Number(view.getBigUint64(at, true))],
};

/** undefined for a type that has no reader here. */
export function tensorElements({ dtype, shape, data }: TensorRef): readonly (number | string)[] | undefined {
  if (!(data instanceof Uint8Array)) return undefined;
  if (dtype === "string") return stringElements(data).map((bytes) => Buffer.from(bytes).toString("utf8"));
  const reader = READ[dtype];
  if (reader === undefined) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: elementCount(shape) }, (_, at) => reader[1](view, at * reader[0]));
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

/** The upper half of a float32. */
function upperHalf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}
