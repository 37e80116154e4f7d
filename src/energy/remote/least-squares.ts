import { invariant } from "../../core/error.ts";

/**
 * Weighted linear least squares by the normal equations and Cholesky's factorisation (Golub & Van Loan, Matrix
 * Computations, 4th ed., 5.3.2): enough for a handful of columns of like size, as here.
 *
 * @param rows one row of features per observation.
 * @returns one coefficient per feature.
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  weights: readonly number[],
): readonly number[] {
  const size = rows[0]?.length ?? 0;
  const normal = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  rows.forEach((row, at) => {
    for (let i = 0; i < size; i++) {
      const weighted = weights[at]! * row[i]!;
      right[i]! += weighted * targets[at]!;
      for (let j = 0; j <= i; j++) normal[i]![j]! += weighted * row[j]!;
    }
  });
  const lower = cholesky(normal);
  const forward = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = right[i]!;
    for (let j = 0; j < i; j++) sum -= lower[i]![j]! * forward[j]!;
    forward[i] = sum / lower[i]![i]!;
  }
  const solution = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = forward[i]!;
    for (let j = i + 1; j < size; j++) sum -= lower[j]![i]! * solution[j]!;
    solution[i] = sum / lower[i]![i]!;
  }
  return [...solution];
}

/** A pivot below this part of its diagonal means that a column depends on the others. */
const LEAST_PIVOT = 1e-12;

/** @param matrix symmetric; only its lower half is read. */
function cholesky(matrix: readonly Float64Array[]): readonly Float64Array[] {
  const lower = matrix.map((row) => new Float64Array(row.length));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      let sum = row[j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i === j) {
        invariant(sum > LEAST_PIVOT * row[i]!, "the features of a fit depend on each other");
        lower[i]![i] = Math.sqrt(sum);
      } else lower[i]![j] = sum / lower[j]![j]!;
    }
  });
  return lower;
}
