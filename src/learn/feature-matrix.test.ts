import fc from "fast-check";
import { expect, test } from "vitest";
import { denseMatrix, type FeatureMatrix, sparseMatrix } from "./feature-matrix.ts";

/** The same rows, zeros left out. */
function sparseOf(vectors: readonly Float32Array[], columns: number): FeatureMatrix {
  const entries = vectors.map((vector) =>
    [...vector].flatMap((value, j) => (value === 0 ? [] : [{ value, j }])),
  );
  const starts = new Uint32Array(vectors.length + 1);
  for (const [row, { length }] of entries.entries()) starts[row + 1] = starts[row]! + length;
  return sparseMatrix({
    columns,
    starts,
    indices: Uint32Array.from(entries.flat(), ({ j }) => j),
    values: Float64Array.from(entries.flat(), ({ value }) => value),
  });
}

const small = fc.integer({ min: -3, max: 3 });
const cases = fc
  .record({
    rows: fc.integer({ min: 0, max: 5 }),
    columns: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ rows, columns, outputs }) => {
    const numbers = (size: number) => fc.array(small, { minLength: size, maxLength: size });
    return fc.record({
      columns: fc.constant(columns),
      outputs: fc.constant(outputs),
      vectors: fc.array(numbers(columns), { minLength: rows, maxLength: rows }),
      weights: numbers(columns * outputs),
      factors: numbers(rows * outputs),
    });
  });

test("both kinds add the products that the definition names", () => {
  fc.assert(
    fc.property(cases, ({ columns, outputs, vectors, weights, factors }) => {
      const dense = vectors.map((vector) => Float32Array.from(vector));
      for (const matrix of [denseMatrix(dense, columns), sparseOf(dense, columns)]) {
        // Starting from ones: the products are added.
        const product = new Float64Array(vectors.length * outputs).fill(1);
        matrix.addProductInto(product, Float64Array.from(weights), outputs);
        const back = new Float64Array(columns * outputs).fill(1);
        matrix.addTransposedProductInto(back, Float64Array.from(factors), outputs);
        const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 1);
        for (let k = 0; k < outputs; k++) {
          for (const [i, x] of vectors.entries())
            expect(product[i * outputs + k]).toBe(
              sum(x.map((value, j) => value * weights[j * outputs + k]!)),
            );
          for (let j = 0; j < columns; j++)
            expect(back[j * outputs + k]).toBe(sum(vectors.map((x, i) => x[j]! * factors[i * outputs + k]!)));
        }
      }
    }),
  );
});

test("a row that holds NaN or infinity is named, also after empty rows", () => {
  const rows = [Float32Array.of(0, 0), Float32Array.of(1, 0), Float32Array.of(0, Number.NaN)];
  expect(denseMatrix(rows, 2).badRow()).toBe(2);
  expect(sparseOf(rows, 2).badRow()).toBe(2);
  expect(sparseOf([Float32Array.of(0, 0), Float32Array.of(Infinity, 0)], 2).badRow()).toBe(1);
  expect(denseMatrix(rows.slice(0, 2), 2).badRow()).toBeUndefined();
  expect(sparseOf(rows.slice(0, 2), 2).badRow()).toBeUndefined();
});
