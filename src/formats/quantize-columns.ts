/** Matrices as factors of integer products: int8 with one scale for each column, of which the largest value becomes ±127. */
import type { Files } from "../core/ports.ts";
import { fromFloat32 } from "./convert-dtype.ts";
import { float32Pieces } from "./float32-pieces.ts";
import { away, notFinite } from "./quantize-blocks.ts";
import { readFloat32 } from "./stored-tensor.ts";
import { elementCount, type TensorRef } from "./tensor-ref.ts";

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
  const columnsOf = transposed ? columnsOfRows : columnsOfColumns;
  /** Values and scales are read one after the other, by whoever writes them. */
  let scales: Float32Array | undefined;
  const scalesOf = (values: Float32Array): Float32Array => {
    scales ??= columnsOf.largest(values, columns).map((size) => size / MOST);
    if (!scales.every(Number.isFinite)) throw notFinite();
    return scales;
  };
  const rounded = (values: Float32Array): Uint8Array => {
    const inverse = scalesOf(values).map((scale) => (scale === 0 ? 0 : 1 / scale));
    return new Uint8Array(columnsOf.round(values, inverse).buffer);
  };
  return {
    values: {
      dtype: "int8",
      shape: [rows, columns],
      data: computed(rows * columns, async (files) => rounded(await wholeMatrix(files, matrix))),
    },
    scales: {
      dtype: "float32",
      shape: [columns],
      data: computed(4 * columns, async (files) =>
        fromFloat32(scales ?? scalesOf(await wholeMatrix(files, matrix)), "float32"),
      ),
    },
  };
}

type Reader = Pick<Files, "readBytes">;
const computed = (length: number, of: (files: Reader) => Promise<Uint8Array>): TensorRef["data"] => ({
  length,
  async *pieces(files: Reader) {
    yield await of(files);
  },
});

/** Of a matrix whose columns lie in memory as columns, and of one where they lie as rows; both go through memory in its order. */
interface Columns {
  readonly largest: (values: Float32Array, columns: number) => Float32Array;
  readonly round: (values: Float32Array, inverse: Float32Array) => Int8Array;
}

const columnsOfColumns: Columns = {
  largest(values, columns) {
    const largest = new Float32Array(columns);
    for (let at = 0; at < values.length; ) {
      for (let column = 0; column < columns; column++, at++) {
        const size = Math.abs(values[at]!);
        // Not so for what is no number either.
        if (!(size <= largest[column]!)) largest[column] = size;
      }
    }
    return largest;
  },
  round(values, inverse) {
    const out = new Int8Array(values.length);
    for (let at = 0; at < values.length; ) {
      for (let column = 0; column < inverse.length; column++, at++) {
        out[at] = away(values[at]! * inverse[column]!);
      }
    }
    return out;
  },
};

/** A line of a cache holds 64 values of one byte. */
const TILE = 64;

const columnsOfRows: Columns = {
  largest(values, columns) {
    const length = values.length / columns;
    return Float32Array.from({ length: columns }, (_, column) => {
      let largest = 0;
      for (let at = column * length; at < (column + 1) * length; at++) {
        const size = Math.abs(values[at]!);
        if (!(size <= largest)) largest = size;
      }
      return largest;
    });
  },
  // Tile by tile: a column at a time would touch another line of the cache with every value it writes.
  round(values, inverse) {
    const out = new Int8Array(values.length);
    const columns = inverse.length;
    const length = values.length / columns;
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(left + TILE, columns);
      for (let row = 0; row < length; row++) {
        for (let column = left; column < right; column++) {
          out[row * columns + column] = away(values[column * length + row]! * inverse[column]!);
        }
      }
    }
    return out;
  },
};

async function wholeMatrix(files: Reader, matrix: TensorRef): Promise<Float32Array> {
  if (!("pieces" in matrix.data)) return await readFloat32(files, matrix);
  const out = new Float32Array(elementCount(matrix.shape));
  let at = 0;
  for await (const piece of float32Pieces(files, matrix)) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
