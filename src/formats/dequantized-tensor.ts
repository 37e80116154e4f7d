/** Integers with scales, as ONNX's DequantizeLinear reads them: float32 by reference, (q − zero) · scale whenever it is read. */
import type { Files } from "../core/ports.ts";
import { fromFloat32, toFloat32 } from "./convert-dtype.ts";
import { byteSize, type Dtype, elementCount, type TensorRef, tensorBytes } from "./tensor-ref.ts";

export interface QuantizedTensor {
  readonly values: TensorRef;
  /** One for all, one for each place on `axis`, or one for each `block` of such places. */
  readonly scales: TensorRef;
  /** Of the scales' shape, or the same for all. */
  readonly zeros: TensorRef | number;
  readonly axis: number;
  readonly block: number | undefined;
}

const PIECE_VALUES = 256 * 1024;

export function dequantized({ values, scales, zeros, axis, block }: QuantizedTensor): TensorRef {
  const { shape, dtype } = values;
  const count = elementCount(shape);
  const places = shape[axis] ?? 1;
  const inner = elementCount(shape.slice(axis + 1));
  const single = elementCount(scales.shape) === 1;
  const perPlace = block === undefined ? 1 : Math.ceil(places / block);
  /** Where the scale of a run of values with one scale lies. */
  const scaleOf = (at: number): number => {
    if (single) return 0;
    const place = Math.floor(at / inner) % places;
    if (block === undefined) return place;
    const outer = Math.floor(at / (inner * places));
    return (outer * perPlace + Math.floor(place / block)) * inner + (at % inner);
  };
  /** Values from `at` on that share a scale; for columns of blocks each has its own. */
  const runFrom = (at: number): number => {
    if (single) return count;
    if (block === undefined) return inner - (at % inner);
    if (inner > 1) return 1;
    const place = at % places;
    return Math.min(block - (place % block), places - place);
  };
  async function* pieces(files: Pick<Files, "readBytes">): AsyncGenerator<Uint8Array> {
    const bytes = await tensorBytes(files, values);
    const scale = toFloat32(await tensorBytes(files, scales), scales.dtype);
    const zero =
      typeof zeros === "number"
        ? undefined
        : integers(await tensorBytes(files, zeros), zeros.dtype, 0, elementCount(zeros.shape));
    for (let from = 0; from < count; from += PIECE_VALUES) {
      const part = integers(bytes, dtype, from, Math.min(PIECE_VALUES, count - from));
      for (let at = 0; at < part.length; ) {
        const place = scaleOf(from + at);
        const end = Math.min(part.length, at + runFrom(from + at));
        const [factor, offset] = [scale[place]!, zero === undefined ? (zeros as number) : zero[place]!];
        for (; at < end; at++) part[at] = (part[at]! - offset) * factor;
      }
      yield fromFloat32(part, "float32");
    }
  }
  return { dtype: "float32", shape, data: { length: 4 * count, pieces } };
}

/** @param from even for four bits. */
function integers(bytes: Uint8Array, dtype: Dtype, from: number, count: number): Float32Array {
  if (dtype !== "int4" && dtype !== "uint4") {
    return toFloat32(bytes.subarray(byteSize(dtype, [from]), byteSize(dtype, [from + count])), dtype);
  }
  const out = new Float32Array(count);
  const signed = dtype === "int4";
  for (let at = 0; at < count; at++) {
    const byte = bytes[(from + at) >> 1]!;
    const four = at % 2 === 0 ? byte & 15 : byte >>> 4;
    out[at] = signed && four > 7 ? four - 16 : four;
  }
  return out;
}
