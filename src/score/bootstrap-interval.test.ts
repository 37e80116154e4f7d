import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import { bootstrapInterval, quantile } from "./bootstrap-interval.ts";

const meanOf =
  (values: readonly number[]) =>
  (indices: Int32Array): number =>
    indices.reduce((sum, index) => sum + values[index]!, 0) / indices.length;

test("quantiles of type 7 match R: quantile(c(1, 2, 3, 4, 10), c(0, .25, .5, .9, 1))", () => {
  const values = [1, 2, 3, 4, 10];
  const expected = [1, 2, 3, 7.6, 10];
  for (const [at, part] of [0, 0.25, 0.5, 0.9, 1].entries()) {
    expect(quantile(values, part)).toBeCloseTo(expected[at]!, 12);
  }
});

test("the interval of a mean comes near the normal one for many items", () => {
  const random = seededRandom(7);
  const values = Array.from({ length: 400 }, () => random.next());
  const found = bootstrapInterval(values.length, meanOf(values), { random: seededRandom(1) });
  // Standard error of a uniform mean: sqrt(1 / 12 / n).
  const half = 1.96 * Math.sqrt(1 / 12 / 400);
  expect(found.high - found.value).toBeGreaterThan(half * 0.8);
  expect(found.high - found.value).toBeLessThan(half * 1.2);
  expect(found.value - found.low).toBeGreaterThan(half * 0.8);
});

test("one seed gives one interval, another seed another", () => {
  const values = [1, 5, 2, 8, 3, 9, 4];
  const run = (seed: number) =>
    bootstrapInterval(values.length, meanOf(values), { random: seededRandom(seed), resamples: 100 });
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
});

test("the interval holds the value and stays within the extremes", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const { low, value, high } = bootstrapInterval(values.length, meanOf(values), {
        random: seededRandom(1),
        resamples: 50,
      });
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
      expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
    }),
    { numRuns: 50 },
  );
});

test("resamples without a value are left out", () => {
  const found = bootstrapInterval(2, (indices) => (indices.includes(1) ? 1 : Number.NaN), {
    random: seededRandom(1),
  });
  expect(found).toEqual({ low: 1, value: 1, high: 1 });
});
