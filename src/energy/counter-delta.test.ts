import fc from "fast-check";
import { expect, test } from "vitest";
import { counterDelta } from "./counter-delta.ts";

test("a counter that passed its top once counts the distance over the top", () => {
  expect(counterDelta(990, 20, { range: 1_000, most: 100 })).toEqual({ kind: "wrapped", delta: 30 });
});

test("a smaller value too far for a wrap is a reset, which keeps what was counted since", () => {
  expect(counterDelta(500, 20, { range: 1_000, most: 100 })).toEqual({ kind: "reset", delta: 20 });
});

test("a jump beyond the greatest power is impossible, whichever way it goes", () => {
  expect(counterDelta(0, 900, { range: 1_000, most: 100 }).kind).toBe("impossible");
  expect(counterDelta(800, 500, { range: 1_000, most: 100 }).kind).toBe("impossible");
});

test("any history of small increases is counted exactly, however often it wraps", () => {
  const history = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 999 }), (increases, start) => {
      let counter = start;
      let sum = 0;
      for (const increase of increases) {
        const next = (counter + increase) % 1_000;
        const delta = counterDelta(counter, next, { range: 1_000, most: 400 });
        sum += "delta" in delta ? delta.delta : Number.NaN;
        counter = next;
      }
      expect(sum).toBe(increases.reduce((a, b) => a + b, 0));
    }),
  );
});

test("no pair of values gives a negative delta or more than is possible", () => {
  const value = fc.integer({ min: 0, max: 1_000 });
  fc.assert(
    fc.property(value, value, value, (before, after, most) => {
      const result = counterDelta(before, after, { range: 1_000, most });
      if (result.kind !== "impossible") {
        expect(result.delta).toBeGreaterThanOrEqual(0);
        expect(result.delta).toBeLessThanOrEqual(most);
      }
    }),
  );
});
