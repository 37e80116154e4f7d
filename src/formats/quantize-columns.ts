/** Matrices as factors of integer products: int8 with one scale for each column, and none for the largest value to be cut at. */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { fromFloat32 } from "./convert-dtype.ts";
import { float32Pieces } from "./float32-pieces.ts";
import type { TensorRef } from "./tensor-ref.ts";

export interface ColumnsOf {
  /** int8 [K, N] */
  readonly values: TensorRef;
  /** float32 [N] */
  readonly scales: TensorRef;
}

const MOST = 127;

/** @param matrix float32 [K, N], or [N, K] where `transposed`. @returns what is computed whenever it is read. */
export function asColumns(matrix: TensorRef, transposed: boolean): ColumnsOf {
  const [first, second] = matrix.shape as [number, number];
  const [rows, columns] = transposed ? [second, first] : [first, second];
  const scalesOf = (values: Float32Array): Float32Array => {
    const largest = new Float32Array(columns);
    for (let at = 0, one = 0; one < first; one++) {
      for (let other = 0; other < second; other++, at++) {
        const column = transposed ? one : other;
        const size = Math.abs(values[at]!);
        // Not so for what is no number either.
        if (!(size <= largest[column]!)) largest[column] = size;
      }
    }
    if (!largest.every(Number.isFinite)) throw notFinite();
    return largest.map((size) => size / MOST);
  };
  const rounded = (values: Float32Array): Uint8Array => {
    const inverse = scalesOf(values).map((scale) => (scale === 0 ? 0 : 1 / scale));
    const out = new Int8Array(rows * columns);
    for (let at = 0, one = 0; one < first; one++) {
      for (let other = 0; other < second; other++, at++) {
        const place = transposed ? other * columns + one : at;
        out[place] = Math.round(values[at]! * inverse[transposed ? one : other]!);
      }
    }
    return new Uint8Array(out.buffer);
  };
  const computed = (length: number, of: (values: Float32Array) => Uint8Array): TensorRef["data"] => ({
    length,
    async *pieces(files: Pick<Files, "readBytes">) {
      yield of(await wholeMatrix(files, matrix));
    },
  });
  return {
    values: { dtype: "int8", shape: [rows, columns], data: computed(rows * columns, rounded) },
    scales: {
      dtype: "float32",
      shape: [columns],
      data: computed(4 * columns, (values) => fromFloat32(scalesOf(values), "float32")),
    },
  };
}

async function wholeMatrix(files: Pick<Files, "readBytes">, matrix: TensorRef): Promise<Float32Array> {
  const out = new Float32Array(matrix.shape[0]! * matrix.shape[1]!);
  let at = 0;
  for await (const piece of float32Pieces(files, matrix)) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

const notFinite = (): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: "a weight cannot be quantized",
    why: "it is no finite number",
    remedy: "copy or download the model again",
  });
