import { expect, test } from "vitest";
import { floorSign, floorWords, metricName, qualityInterval, qualityText } from "./quality-words.ts";

const accuracy = { name: "accuracy", better: "higher" } as const;
const errors = { name: "word_error_rate", better: "lower" } as const;
const f1 = { name: "macro_f1", better: "higher" } as const;

test("metric names are words", () => {
  expect([accuracy, errors, f1].map(metricName)).toEqual(["accuracy", "word error rate", "macro F1"]);
});

test.each([
  [0.967, accuracy, "96.7 %"],
  [1, accuracy, "100.0 %"],
  [0.9999, accuracy, "> 99.9 %"],
  [0.0001, errors, "< 0.1 %"],
  [0, errors, "0.0 %"],
  [-0, errors, "0.0 %"],
  [1.2, errors, "120.0 %"],
  [0.93444, f1, "0.934"],
  [Number.NaN, f1, "unknown"],
  [Number.NaN, accuracy, "unknown"],
])("%d of %o reads %s", (value, metric, text) => {
  expect(qualityText(value, metric)).toBe(text);
});

test("an interval names its unit once, and says when it is unknown", () => {
  expect(qualityInterval({ low: 0.941, value: 0.967, high: 0.982 }, accuracy)).toBe("94.1 … 98.2 %");
  expect(qualityInterval({ low: Number.NaN, value: 0.9, high: 1 }, accuracy)).toBe("interval unknown");
});

test("a floor says on which side the job is done", () => {
  const floor = { value: 0.9, source: "user" };
  expect(floorWords(floor, accuracy)).toBe("at least 90 %");
  expect(floorWords({ ...floor, value: 0.055 }, errors)).toBe("at most 5.5 %");
  expect(floorSign(floor, accuracy)).toBe("≥ 90 %");
  expect(floorSign({ ...floor, value: 0.05 }, errors)).toBe("≤ 5 %");
});
