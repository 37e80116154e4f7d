import fc from "fast-check";
import { expect, test } from "vitest";
import { randomHex, randomInt, seededRandom, shuffled } from "./random.ts";

test("a seed repeats its numbers and another seed gives others", () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("numbers lie in [0, 1) and fill ten bins evenly", () => {
  const random = seededRandom(1);
  const bins = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 100_000; draw++) bins[Math.floor(random.next() * 10)]!++;
  // Chi-square with 9 degrees of freedom stays below 27.9 in 99.9 % of seeds.
  expect(bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
});

test("shuffling keeps all items and leaves the input alone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items];
      const result = shuffled(items, seededRandom(seed));
      expect(items).toEqual(before);
      expect([...result].sort()).toEqual([...before].sort());
    }),
  );
});

test("whole numbers stay below their bound and hexadecimal has the asked length", () => {
  const random = seededRandom(3);
  for (let draw = 0; draw < 1_000; draw++) expect([0, 1, 2]).toContain(randomInt(random, 3));
  expect(randomHex(random, 12)).toMatch(/^[0-9a-f]{12}$/);
});
