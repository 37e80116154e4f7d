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
  const stepOf = transposed ? { row: 1, column: rows } : { row: columns, column: 1 };
  const scalesOf = (values: Float32Array): Float32Array => {
    const scales = new Float32Array(columns);
    for (let column = 0; column < columns; column++) {
      let largest = 0;
      for (let row = 0; row < rows; row++) {
        const size = Math.abs(values[row * stepOf.row + column * stepOf.column]!);
        if (!(size <= largest)) largest = size;
      }
      if (!Number.isFinite(largest)) throw notFinite();
      scales[column] = largest / MOST;
    }
    return scales;
  };
  const rounded = (values: Float32Array): Uint8Array => {
    const inverse = scalesOf(values).map((scale) => (scale === 0 ? 0 : 1 / scale));
    const out = new Int8Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = values[row * stepOf.row + column * stepOf.column]!;
        out[row * columns + column] = Math.round(value * inverse[column]!);
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
