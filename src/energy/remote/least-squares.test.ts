import fc from "fast-check";
import { expect, test } from "vitest";
import { leastSquares } from "./least-squares.ts";

const finite = fc.double({ min: -10, max: 10, noNaN: true });

test("it finds the coefficients that exact data were made of", () => {
  const coefficients = fc.array(finite, { minLength: 3, maxLength: 3 });
  const rows = fc.array(fc.tuple(finite, finite), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(coefficients, rows, (truth, given) => {
      // Four corners make sure that no column depends on the others.
      const corners = [[0, 0], [1, 0], [0, 1], [3, 5]]; // biome-ignore format: one row
      const features = [...corners, ...given].map((row) => [1, ...row]);
      const targets = features.map((row) => row.reduce((sum, x, at) => sum + x * truth[at]!, 0));
      const found = leastSquares(features, targets, features.map((_, at) => 1 + (at % 3))); // biome-ignore format: one call
      found.forEach((value, at) => {
        expect(value).toBeCloseTo(truth[at]!, 6);
      });
    }),
  );
});

// Anscombe (1973), first quartet: y = 3.0001 + 0.5001 x.
test("it gives Anscombe's published line", () => {
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const [intercept, slope] = leastSquares(
    x.map((value) => [1, value]),
    y,
    x.map(() => 1),
  );
  expect([intercept!.toFixed(4), slope!.toFixed(4)]).toEqual(["3.0001", "0.5001"]);
});

test("an observation of weight 2 counts as two of weight 1", () => {
  const rows = [[1, 0], [1, 1], [1, 3]]; // biome-ignore format: one row
  const twice = leastSquares([...rows, [1, 3]], [1, 2, 9, 9], [1, 1, 1, 1]);
  leastSquares(rows, [1, 2, 9], [1, 1, 2]).forEach((value, at) => {
    expect(value).toBeCloseTo(twice[at]!, 12);
  });
});

test("columns that depend on each other are no fit", () => {
  expect(() => leastSquares([[1, 2], [2, 4], [3, 6]], [1, 2, 3], [1, 1, 1])).toThrow("depend on each other"); // biome-ignore format: one call
});
