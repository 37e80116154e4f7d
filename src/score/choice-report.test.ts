import { expect, test } from "vitest";
import type { ChoiceCandidate } from "./choice-report.ts";
import { judgeFloor, rankByFrugality } from "./choice-report.ts";

const accuracy = { name: "accuracy", better: "higher" } as const;
const errorRate = { name: "word_error_rate", better: "lower" } as const;

const candidate = (id: string, value: number, energy?: number, floor: ChoiceCandidate["floor"] = "meets") =>
  ({
    id,
    label: id,
    kind: "test",
    description: id,
    quality: { per_seed: [], median: { low: value, value, high: value }, method: "none", count: 1 },
    energy: {
      status: energy === undefined ? "unavailable" : "modelled",
      unit: "1,000 items",
      sources: [],
      repeats: 1,
      ...(energy === undefined ? {} : { per_unit_j: { low: energy, value: energy, high: energy } }),
    },
    floor,
    receipts: [],
    notes: [],
  }) satisfies ChoiceCandidate;

test("a higher-is-better estimate meets a floor only when the whole interval lies above it", () => {
  expect(judgeFloor({ low: 0.91, value: 0.95, high: 0.97 }, accuracy, 0.9)).toBe("meets");
  expect(judgeFloor({ low: 0.89, value: 0.95, high: 0.97 }, accuracy, 0.9)).toBe("straddles");
  expect(judgeFloor({ low: 0.8, value: 0.89, high: 0.95 }, accuracy, 0.9)).toBe("misses");
  expect(judgeFloor({ low: 0.9, value: 0.9, high: 0.9 }, accuracy, 0.9)).toBe("meets");
});

test("an error rate meets a floor from below", () => {
  expect(judgeFloor({ low: 0, value: 0.02, high: 0.04 }, errorRate, 0.05)).toBe("meets");
  expect(judgeFloor({ low: 0, value: 0.02, high: 0.08 }, errorRate, 0.05)).toBe("straddles");
  expect(judgeFloor({ low: 0.01, value: 0.06, high: 0.1 }, errorRate, 0.05)).toBe("misses");
});

test("a NaN estimate never meets a floor", () => {
  expect(judgeFloor({ low: Number.NaN, value: Number.NaN, high: Number.NaN }, accuracy, 0.9)).toBe("misses");
  expect(judgeFloor({ low: Number.NaN, value: Number.NaN, high: Number.NaN }, errorRate, 0.9)).toBe("misses");
});

test("the least energy comes first, unknown energy last, quality breaks ties, and misses are left out", () => {
  const ranked = rankByFrugality(
    [
      candidate("unknown", 0.99),
      candidate("large", 0.99, 200),
      candidate("worse-twin", 0.93, 10),
      candidate("better-twin", 0.96, 10),
      candidate("too-bad", 0.5, 1, "misses"),
    ],
    accuracy,
  );
  expect(ranked.map((one) => one.id)).toEqual(["better-twin", "worse-twin", "large", "unknown"]);
});
