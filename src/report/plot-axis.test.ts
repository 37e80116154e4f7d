import fc from "fast-check";
import { expect, test } from "vitest";
import type { Range } from "../receipt/receipt.ts";
import { energyAxis, qualityAxis } from "./plot-axis.ts";

const exact = (value: number): Range => ({ low: value, value, high: value });
const range = (value: fc.Arbitrary<number>): fc.Arbitrary<Range> =>
  fc.tuple(value, value, value).map((three) => {
    const [low = 0, middle = 0, high = 0] = three.toSorted((a, b) => a - b);
    return { low, value: middle, high };
  });
const energies = fc.array(range(fc.double({ min: 0, max: 1e15, noNaN: true })), {
  minLength: 1,
  maxLength: 6,
});
const shares = fc.array(range(fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 6 });

test("energies within a decade share a linear axis from 0; beyond it the axis is logarithmic", () => {
  expect(energyAxis([exact(1), exact(10)], 6)).toMatchObject({ type: "linear", ticks: [0, 2, 4, 6, 8, 10] });
  expect(energyAxis([exact(1), exact(34)], 8)).toMatchObject({ type: "log", ticks: [1, 2, 5, 10, 20, 50] });
  expect(energyAxis([exact(1), exact(34)], 4).ticks).toEqual([1, 3, 10, 30]);
  expect(energyAxis([exact(1), exact(1e9)], 6).ticks).toEqual([0.1, 10, 1_000, 100_000, 1e7, 1e9]);
});

test("zero energy has no logarithm: its axis is linear", () => {
  expect(energyAxis([exact(0), exact(1_000)], 6).type).toBe("linear");
  expect(energyAxis([exact(0)], 6)).toMatchObject({ type: "linear", ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] });
});

test("an interval that reaches 0 does not stretch a log axis without end", () => {
  const axis = energyAxis([{ low: 0, value: 1, high: 2 }, exact(100)], 6);
  expect(axis.type).toBe("log");
  expect(axis.domain[0]).toBeGreaterThan(0.1);
});

test("every energy lies inside its axis, and ticks are few, rising and inside", () => {
  fc.assert(
    fc.property(energies, fc.integer({ min: 3, max: 9 }), (given, most) => {
      const { domain, ticks } = energyAxis(given, most);
      for (const { value, high } of given) {
        expect(value).toBeGreaterThanOrEqual(domain[0]);
        expect(high).toBeLessThanOrEqual(domain[1]);
      }
      expect(ticks.length).toBeLessThanOrEqual(most + 1);
      expect(ticks).toEqual(ticks.filter((tick, at) => tick > (ticks[at - 1] ?? Number.NEGATIVE_INFINITY)));
      for (const tick of ticks) expect(tick >= domain[0] && tick <= domain[1]).toBe(true);
    }),
  );
});

test("a quality axis holds floor and intervals; a share has no tick beyond 0 … 1", () => {
  fc.assert(
    fc.property(shares, fc.double({ min: 0, max: 1, noNaN: true }), (given, floor) => {
      const { domain, ticks } = qualityAxis(given, floor, { name: "accuracy", better: "higher" }, 6);
      for (const value of [floor, ...given.flatMap((each) => [each.low, each.high])]) {
        expect(value >= domain[0] && value <= domain[1]).toBe(true);
      }
      expect(domain[1]).toBeGreaterThan(domain[0]);
      for (const tick of ticks) expect(tick >= 0 && tick <= 1).toBe(true);
    }),
  );
});
