import fc from "fast-check";
import { expect, test } from "vitest";
import { wilsonInterval } from "./wilson-interval.ts";

// Newcombe 1998, Stat. Med. 17:857-872, table I, method 3 (score, no continuity correction).
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("%i of %i has the published interval", (hits, count, low, high) => {
  const found = wilsonInterval(hits, count);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
});

const proportions = fc
  .integer({ min: 1, max: 100_000 })
  .chain((count) => fc.tuple(fc.integer({ min: 0, max: count }), fc.constant(count)));

test("the interval lies in [0, 1], holds the estimate and mirrors with the hits", () => {
  fc.assert(
    fc.property(proportions, ([hits, count]) => {
      const { low, value, high } = wilsonInterval(hits, count);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      const mirrored = wilsonInterval(count - hits, count);
      expect(mirrored.low).toBeCloseTo(1 - high, 12);
    }),
  );
});

test("both ends solve |p - estimate| = z sqrt(p (1 - p) / n), the equation that defines them", () => {
  fc.assert(
    fc.property(proportions, ([hits, count]) => {
      const { low, value, high } = wilsonInterval(hits, count);
      for (const end of [low, high]) {
        if (end === 0 || end === 1) continue;
        const half = 1.959963984540054 * Math.sqrt((end * (1 - end)) / count);
        expect(Math.abs(end - value)).toBeCloseTo(half, 9);
      }
    }),
  );
});

test("impossible counts are our bug, not a number", () => {
  expect(() => wilsonInterval(0, 0)).toThrow("internal");
  expect(() => wilsonInterval(5, 4)).toThrow("internal");
  expect(() => wilsonInterval(0.5, 4)).toThrow("internal");
});
