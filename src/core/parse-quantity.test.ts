import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDuration, parseEnergy } from "./parse-quantity.ts";
import { toKwh } from "./quantity.ts";

test.each([
  ["5kWh", 18_000_000],
  ["300 Wh", 1_080_000],
  ["1.2MJ", 1_200_000],
  ["  2 J ", 2],
  ["1e3 J", 1_000],
  [".5 KWH", 1_800_000],
  ["7 μJ", 7e-6],
  ["7 µJ", 7e-6],
])("%s is %d J", (text, joules) => {
  expect(parseEnergy(text)).toBeCloseTo(joules, 12);
});

test.each([
  ["", "not an amount"],
  ["kWh", "not an amount"],
  ["5", "unit is missing"],
  ["1,5 kWh", "not an amount"],
  ["1.2.3 J", "not an amount"],
  ["NaN kWh", "not an amount"],
  ["5 kW", "not a unit"],
  ["5 constructor", "not a unit"],
  ["5 mwh", "mWh or MWh"],
  ["5 MWH", "mWh or MWh"],
  ["-5 kWh", "more than 0"],
  ["0 Wh", "more than 0"],
  ["1e400 J", "finite"],
])("%j is refused by name: %s", (text, why) => {
  expect(() => parseEnergy(text, "--energy")).toThrow(
    expect.objectContaining({
      code: "bad-option",
      what: `--energy ${text}`,
      why: expect.stringContaining(why),
    }),
  );
});

test("what is written in kWh comes back in kWh", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (kwh) => {
      expect(toKwh(parseEnergy(`${kwh} kWh`)) / kwh).toBeCloseTo(1, 12);
    }),
  );
});

test.each([
  ["500ms", 0.5],
  ["1s", 1],
  ["10m", 600],
  ["10 min", 600],
  ["1.5H", 5_400],
  [".5d", 43_200],
])("%s is %d seconds", (text, duration) => {
  expect(parseDuration(text, "--interval")).toBe(duration);
});

test.each(["", "10", "s", "-1s", "0s", "1 week", "1e3s", "Infinity s", "1s 2s", "1 constructor"])(
  "%j is no length of time, and the option is named",
  (text) => {
    expect(() => parseDuration(text, "--interval")).toThrow(`--interval ${text}: "${text}" is not`);
  },
);
