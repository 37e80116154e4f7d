import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import { pairedRatio } from "./paired-ratio.ts";

const random = () => seededRandom(3);

test("noise that both of a pair share cancels: the interval shrinks to the ratio", () => {
  const noise = [1, 3, 0.5, 2, 8];
  const ratio = pairedRatio(
    noise.map((each) => each * 40),
    noise.map((each) => each * 2),
    random(),
  );
  expect(ratio?.value).toBeCloseTo(20, 9);
  expect(ratio?.low).toBeCloseTo(20, 9);
  expect(ratio?.high).toBeCloseTo(20, 9);
});

test("noise that differs within pairs widens the interval", () => {
  const ratio = pairedRatio([10, 20, 15, 12], [1, 1, 1, 1], random())!;
  expect(ratio.value).toBeCloseTo((10 * 20 * 15 * 12) ** 0.25, 9);
  expect(ratio.low).toBeLessThan(ratio.value);
  expect(ratio.high).toBeGreaterThan(ratio.value);
});

test("swapping subject and reference inverts the ratio", () => {
  const spent = fc.array(
    fc.tuple(fc.double({ min: 0.1, max: 100, noNaN: true }), fc.double({ min: 0.1, max: 100, noNaN: true })),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(spent, (pairs) => {
      const [a, b] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
      const [there, back] = [pairedRatio(a, b, random())!, pairedRatio(b, a, random())!];
      expect(there.value * back.value).toBeCloseTo(1, 9);
      expect(there.low * back.high).toBeCloseTo(1, 9);
    }),
    { numRuns: 20 },
  );
});

test.each([
  [
    [1, 2],
    [0, 1],
  ],
  [
    [0, 2],
    [1, 1],
  ],
  [[Number.NaN], [1]],
  [[], []],
])("without a readable energy on both sides there is no ratio: %j, %j", (subject, reference) => {
  expect(pairedRatio(subject, reference, random())).toBeUndefined();
});
