import fc from "fast-check";
import { expect, test } from "vitest";
import { dropoutPool } from "./dropout.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const places = fc.record({ epoch: fc.nat(1000), batch: fc.nat(100_000) });
const rates = fc.double({ min: 0.01, max: 0.9, noNaN: true });
const SIZE = 20_000;

test("the pool is the same for the same seed and place, and another for every other place", () => {
  fc.assert(
    fc.property(seeds, places, rates, (seed, place, rate) => {
      const shape = { size: 2_000, rate };
      const pool = dropoutPool(shape, seed, place);
      expect(dropoutPool(shape, seed, place)).toEqual(pool);
      expect(dropoutPool(shape, seed, { ...place, batch: place.batch + 1 })).not.toEqual(pool);
      expect(dropoutPool(shape, seed, { ...place, epoch: place.epoch + 1 })).not.toEqual(pool);
      expect(dropoutPool(shape, seed ^ 1, place)).not.toEqual(pool);
    }),
    { numRuns: 30 },
  );
});

test("zeros come as often as the rate says, what is kept makes the mean 1, and shifted windows are unrelated", () => {
  fc.assert(
    fc.property(seeds, places, rates, fc.integer({ min: 1, max: 97 * 50 }), (seed, place, rate, shift) => {
      const pool = dropoutPool({ size: SIZE + shift, rate }, seed, place);
      const kept = Math.fround(1 / (1 - rate));
      expect(new Set(pool)).toEqual(new Set([0, kept]));
      const isKept = (at: number): number => (pool[at]! > 0 ? 1 : 0);
      let [one, both] = [0, 0];
      for (let at = 0; at < SIZE; at++) {
        one += isKept(at);
        both += isKept(at) * isKept(at + shift);
      }
      // Six standard deviations of a share of SIZE draws, of which those of `both` overlap.
      const off = (share: number): number => 6 * Math.sqrt((share * (1 - share)) / SIZE);
      expect(Math.abs(one / SIZE - (1 - rate))).toBeLessThan(off(1 - rate));
      expect(Math.abs(both / SIZE - (1 - rate) ** 2)).toBeLessThan(2 * off((1 - rate) ** 2));
    }),
    { numRuns: 40 },
  );
});
