/**
 * Rows of features as a linear model sees them. Weights lie feature by feature: that of feature j for output k at
 * `j * outputs + k`. Values and sums are f64.
 */
export interface FeatureMatrix {
  readonly rows: number;
  readonly columns: number;
  /** out[i * outputs + k] += Σ_j x[i, j] · weights[j * outputs + k] */
  addProductInto(out: Float64Array, weights: Float64Array, outputs: number): void;
  /** out[j * outputs + k] += Σ_i x[i, j] · factors[i * outputs + k] */
  addTransposedProductInto(out: Float64Array, factors: Float64Array, outputs: number): void;
  /** The first row that holds NaN or infinity. */
  badRow(): number | undefined;
}

/** Compressed sparse rows: row i holds the entries `starts[i]` … `starts[i + 1] - 1`. */
export interface SparseMatrix extends FeatureMatrix {
  /** [rows + 1] */
  readonly starts: Uint32Array;
  /** Column of each entry, rising within a row. */
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

export function sparseMatrix(
  parts: Pick<SparseMatrix, "columns" | "starts" | "indices" | "values">,
): SparseMatrix {
  const { starts, indices, values } = parts;
  const rows = starts.length - 1;
  return {
    ...parts,
    rows,
    addProductInto(out, weights, outputs) {
      for (let row = 0; row < rows; row++) {
        for (let at = starts[row]!; at < starts[row + 1]!; at++) {
          const value = values[at]!;
          const from = indices[at]! * outputs;
          for (let k = 0; k < outputs; k++) out[row * outputs + k]! += value * weights[from + k]!;
        }
      }
    },
    addTransposedProductInto(out, factors, outputs) {
      for (let row = 0; row < rows; row++) {
        for (let at = starts[row]!; at < starts[row + 1]!; at++) {
          const value = values[at]!;
          const to = indices[at]! * outputs;
          for (let k = 0; k < outputs; k++) out[to + k]! += value * factors[row * outputs + k]!;
        }
      }
    },
    badRow() {
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad < 0) return undefined;
      return starts.findIndex((start) => start > bad) - 1;
    },
  };
}

/** @param vectors one row each, all of length `columns`. */
export function denseMatrix(vectors: readonly Float32Array[], columns: number): FeatureMatrix {
  return {
    rows: vectors.length,
    columns,
    addProductInto(out, weights, outputs) {
      for (const [row, vector] of vectors.entries()) {
        for (let k = 0; k < outputs; k++) {
          let sum = 0;
          for (let j = 0; j < columns; j++) sum += vector[j]! * weights[j * outputs + k]!;
          out[row * outputs + k]! += sum;
        }
      }
    },
    addTransposedProductInto(out, factors, outputs) {
      for (const [row, vector] of vectors.entries()) {
        for (let k = 0; k < outputs; k++) {
          const factor = factors[row * outputs + k]!;
          for (let j = 0; j < columns; j++) out[j * outputs + k]! += vector[j]! * factor;
        }
      }
    },
    badRow() {
      const bad = vectors.findIndex((vector) => !vector.every(Number.isFinite));
      return bad < 0 ? undefined : bad;
    },
  };
}
