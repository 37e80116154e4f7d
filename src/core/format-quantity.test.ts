import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatBytes,
  formatDuration,
  formatEnergy,
  formatMass,
  formatPower,
  significant,
} from "./format-quantity.ts";
import { bytes, fromWattHours, gramsCO2e, seconds, watts } from "./quantity.ts";

test.each([
  [0, "0 Wh"],
  [0.0123, "12.3 mWh"],
  [0.9999, "1 Wh"],
  [4_100, "4.1 kWh"],
  [-2_500, "-2.5 kWh"],
  [Number.NaN, "unknown Wh"],
  [Number.POSITIVE_INFINITY, "unknown Wh"],
])("%s Wh reads %s", (wattHours, text) => {
  expect(formatEnergy(fromWattHours(wattHours))).toBe(text);
});

test("power, mass and size use their own ladders", () => {
  expect(formatPower(watts(3.84))).toBe("3.84 W");
  expect(formatMass(gramsCO2e(1_500))).toBe("1.5 kgCO2e");
  expect(formatBytes(bytes(999_600))).toBe("1 MB");
});

test.each([
  [0.85, "850 ms"],
  [59.94, "59.9 s"],
  [59.96, "1 min 00 s"],
  [125, "2 min 05 s"],
  [3_720, "1 h 02 min"],
  [273_600, "3 d 04 h"],
])("%s s reads %s", (value, text) => {
  expect(formatDuration(seconds(value))).toBe(text);
});

test("a number never shows an exponent and keeps three significant digits", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
      const text = significant(value);
      expect(text).not.toContain("e");
      expect(Math.abs(Number(text) / value - 1)).toBeLessThanOrEqual(0.00501);
    }),
  );
});
