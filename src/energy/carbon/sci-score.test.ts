import { expect, test } from "vitest";
import { byFactor, exactly } from "../../core/interval.ts";
import { sciScore } from "./sci-score.ts";

test("SCI is ((E × I) + M) per R", () => {
  const facts = { energyKwh: exactly(2), gPerKwh: exactly(300), embodiedG: exactly(400), units: 100 };
  expect(sciScore(facts)).toEqual({ low: 10, value: 10, high: 10 });
});

test("doubt in any part is doubt in the score", () => {
  const facts = { energyKwh: exactly(2), gPerKwh: byFactor(300, 2), embodiedG: byFactor(400, 2), units: 1 };
  const { low, value, high } = sciScore(facts);
  expect(value).toBe(1_000);
  expect(low).toBeCloseTo(1_000 - Math.hypot(300, 200), 9);
  expect(high).toBeCloseTo(1_000 + Math.hypot(600, 400), 9);
});

test.each([
  [{ units: 0 }],
  [{ units: -1 }],
  [{ units: Number.NaN }],
  [{ units: Number.POSITIVE_INFINITY }],
  [{ energyKwh: exactly(-1) }],
  [{ gPerKwh: exactly(Number.NaN) }],
  [{ embodiedG: exactly(Number.POSITIVE_INFINITY) }],
])("%j is refused", (odd) => {
  const facts = { energyKwh: exactly(1), gPerKwh: exactly(1), embodiedG: exactly(1), units: 1, ...odd };
  expect(() => sciScore(facts)).toThrow(expect.objectContaining({ code: "bad-data" }));
});
