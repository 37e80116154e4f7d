import fc from "fast-check";
import { expect, test } from "vitest";
import {
  emissionsOf,
  energyOf,
  fromKwh,
  fromMicrojoules,
  fromWattHours,
  gramsPerKwh,
  joules,
  seconds,
  toKwh,
  toWattHours,
  watts,
} from "./quantity.ts";

test("a thousand watts for an hour are one kilowatt-hour", () => {
  expect(toKwh(energyOf(watts(1_000), seconds(3_600)))).toBe(1);
  expect(fromMicrojoules(1_000_000)).toBe(1);
});

test("one kilowatt-hour at 56 g/kWh emits 56 g", () => {
  expect(emissionsOf(joules(3_600_000), gramsPerKwh(56))).toBe(56);
});

test("conversions there and back change nothing beyond rounding", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), (value) => {
      expect(toKwh(fromKwh(value)) / value).toBeCloseTo(1, 12);
      expect(toWattHours(fromWattHours(value)) / value).toBeCloseTo(1, 12);
    }),
  );
});
