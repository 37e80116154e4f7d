import fc from "fast-check";
import { expect, test } from "vitest";
import { curveAt, isotonic, monotoneCurve, slopesOf } from "./monotone-curve.ts";

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 });
const squares = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, index) => sum + (value - b[index]!) ** 2, 0);

test("the isotonic sequence never falls, keeps the mean, and leaves what rises as it is", () => {
  fc.assert(
    fc.property(values, (given) => {
      const fitted = isotonic(given);
      for (let at = 1; at < fitted.length; at++)
        expect(fitted[at]!).toBeGreaterThanOrEqual(fitted[at - 1]! - 1e-9);
      const sum = (of: readonly number[]): number => of.reduce((total, value) => total + value, 0);
      expect(sum(fitted)).toBeCloseTo(sum(given), 6);
      const rising = given.toSorted((a, b) => a - b);
      expect(isotonic(rising)).toEqual(rising);
    }),
  );
});

test("no other sequence that never falls is closer", () => {
  fc.assert(
    fc.property(values, fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })), (given, noise) => {
      const fitted = isotonic(given);
      const other = fitted.map((value) => value + noise.next().value!).sort((a, b) => a - b);
      expect(squares(other, given)).toBeGreaterThanOrEqual(squares(fitted, given) - 1e-6);
    }),
  );
});

test("between its points the curve is straight, beyond them it goes on, and it is never below 0", () => {
  const curve = monotoneCurve(
    [
      { busy: 0.01, watts: 10 },
      { busy: 0, watts: 12 },
      { busy: 0.5, watts: 61 },
      { busy: 0.9, watts: 60 },
    ],
    0.05,
  );
  expect(curve.map(({ watts }) => watts)).toEqual([11, 60.5, 60.5]);
  expect(curveAt(curve, 0.005)).toBeCloseTo(11, 9);
  expect(curveAt(curve, 0.7)).toBeCloseTo(60.5, 9);
  expect(curveAt(curve, 1)).toBeCloseTo(60.5, 9);
  expect(
    curveAt(
      [
        { busy: 0.5, watts: 1 },
        { busy: 1, watts: 100 },
      ],
      0,
    ),
  ).toBe(0);
  expect(slopesOf(curve).least).toBe(0);
});
