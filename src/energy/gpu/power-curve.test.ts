import fc from "fast-check";
import { expect, test } from "vitest";
import { powerCurve } from "./power-curve.ts";

test("steady power is watts × seconds at every poll", () => {
  const curve = powerCurve(5, 40, 0.1);
  for (let poll = 1; poll <= 100; poll++) {
    curve.see(5 + poll / 100, 40, 0.1);
    expect(curve.joules()).toBeCloseTo((40 * poll) / 100, 9);
  }
  expect(curve.coveredS()).toBeCloseTo(1, 9);
});

test("a step of power costs no energy once its update is past", () => {
  // 100 W from 0.5 s on, in a reading that each 100 ms tells the mean of the 100 ms before.
  const curve = powerCurve(0, 0, 0.1);
  for (let poll = 1; poll <= 200; poll++) curve.see(poll / 100, Math.floor(poll / 10) >= 6 ? 100 : 0, 0.1);
  expect(Math.abs(curve.joules() - 150)).toBeLessThan(1);
});

test("after a fall of power the count neither goes back nor stands still, and catches up", () => {
  const curve = powerCurve(0, 400, 0.1);
  let last = 0;
  for (let poll = 1; poll <= 500; poll++) {
    curve.see(poll / 100, Math.floor(poll / 10) >= 20 ? 50 : 400, 0.1);
    expect(curve.joules()).toBeGreaterThan(last);
    last = curve.joules();
  }
  // The update at 2 s tells of the 100 ms before it.
  expect(Math.abs(last - (400 * 1.9 + 50 * 3.1))).toBeLessThan(20);
});

test("more than a second without a poll is left out of energy and coverage alike", () => {
  const curve = powerCurve(0, 100, 0.1);
  curve.see(1, 100, 0.1);
  curve.see(8, 100, 0.1);
  curve.see(9, 100, 0.1);
  expect([curve.joules(), curve.coveredS(), curve.lostS()]).toEqual([200, 2, 7]);
});

test("energy lies between the smallest and the greatest power, and never goes back", () => {
  const polls = fc.array(
    fc.record({
      gapS: fc.double({ min: 0.001, max: 0.99, noNaN: true }),
      watts: fc.integer({ min: 10, max: 500 }),
    }),
    { minLength: 1, maxLength: 50 },
  );
  fc.assert(
    fc.property(polls, (all) => {
      const curve = powerCurve(0, 100, 0.1);
      let nowS = 0;
      let last = 0;
      for (const { gapS, watts } of all) {
        nowS += gapS;
        curve.see(nowS, watts, 0.1);
        expect(curve.joules()).toBeGreaterThanOrEqual(last);
        last = curve.joules();
      }
      expect(last).toBeLessThanOrEqual(500 * nowS * (1 + 1e-12));
      expect(last).toBeGreaterThanOrEqual(5 * nowS);
      expect(curve.coveredS()).toBeCloseTo(nowS, 9);
    }),
  );
});
