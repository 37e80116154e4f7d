import { expect, test } from "vitest";
import { parseParameters } from "./parse-parameters.ts";

test.each([
  ["3.6B", 3.6e9],
  ["350m", 350e6],
  [" 1.2 T ", 1.2e12],
  ["21000000000", 21e9],
  ["10B-200B", { low: 10e9, high: 200e9 }],
  ["800M - 1B", { low: 800e6, high: 1e9 }],
])("%s is read", (text, value) => {
  expect(parseParameters(text, "--active-params")).toEqual(value);
});

test.each(["", "-", "0B", "B", "3,6B", "200B-10B", "1B-2B-3B", "-3B", "NaN", "Infinity", "3.6 GB"])(
  "%j is refused",
  (text) => {
    expect(() => parseParameters(text, "--active-params")).toThrow("--active-params");
  },
);
