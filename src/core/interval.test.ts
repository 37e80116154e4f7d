import fc from "fast-check";
import { expect, test } from "vitest";
import {
  byFactor,
  exactly,
  type Interval,
  overlaps,
  product,
  scale,
  sumCorrelated,
  sumIndependent,
  within,
} from "./interval.ts";

const interval: fc.Arbitrary<Interval> = fc
  .tuple(fc.double({ min: 0.001, max: 1e6, noNaN: true }), fc.double({ min: 1, max: 10, noNaN: true }))
  .map(([value, factor]) => byFactor(value, factor));
const width = ({ low, high }: Interval): number => high - low;

test("independent half-widths add in quadrature, correlated ones in full", () => {
  const terms = [within(100, 0.03), within(100, 0.04)];
  expect(sumIndependent(terms)).toEqual({ low: 195, value: 200, high: 205 });
  expect(sumCorrelated(terms)).toEqual({ low: 193, value: 200, high: 207 });
});

test("relative half-widths of a product add in quadrature", () => {
  const { low, value, high } = product(within(10, 0.003), within(20, 0.004));
  expect([low, value, high]).toEqual([199, 200, 201].map((each) => expect.closeTo(each, 2)));
});

test("factors of a product add their logarithms in quadrature: what cannot be zero does not become so", () => {
  const { low, value, high } = product(byFactor(10, 2 ** 3), byFactor(20, 2 ** 4));
  expect([low, value, high]).toEqual([200 / 32, 200, 200 * 32].map((each) => expect.closeTo(each, 9)));
  expect(product({ low: 0, value: 1, high: 2 }, exactly(3))).toMatchObject({ low: 0, value: 3 });
  expect(product(exactly(0), byFactor(3, 2))).toEqual(exactly(0));
});

test("an exact factor only scales, a negative one swaps the ends", () => {
  expect(product(exactly(2), byFactor(10, 2))).toEqual({ low: 10, value: 20, high: 40 });
  expect(scale({ low: 1, value: 2, high: 4 }, -1)).toEqual({ low: -4, value: -2, high: -1 });
});

test("intervals that touch overlap", () => {
  expect(overlaps(within(10, 0.1), { low: 11, value: 12, high: 13 })).toBe(true);
  expect(overlaps(within(10, 0.1), { low: 11.1, value: 12, high: 13 })).toBe(false);
});

test("every sum and product keeps its value inside, and independence never widens a sum", () => {
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1, maxLength: 8 }), interval, (terms, factor) => {
      const independent = sumIndependent(terms);
      const correlated = sumCorrelated(terms);
      expect(width(independent)).toBeLessThanOrEqual(width(correlated) * (1 + 1e-9));
      for (const each of [independent, correlated, product(correlated, factor)]) {
        expect(each.low).toBeLessThanOrEqual(each.value);
        expect(each.high).toBeGreaterThanOrEqual(each.value);
      }
    }),
  );
});
