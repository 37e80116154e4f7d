import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../core/random.ts";
import { updateWatch } from "./update-watch.ts";

interface Trace {
  readonly periodMs: number;
  readonly seed: number;
  /** Part of the updates that repeat the value. */
  readonly repeats?: number;
  /** Polls are late by up to this part of their 10 ms, one in thirty by three times as much. */
  readonly late?: number;
  readonly updates?: number;
}

/** The period that is detected after some updates (at least 2 s) of a reading polled each 10 ms. */
function detected({ periodMs, seed, repeats = 0, late = 0.2, updates = 25 }: Trace): number | undefined {
  const random = seededRandom(seed);
  const periodS = periodMs / 1_000;
  const watch = updateWatch();
  let updateS = random.next() * periodS;
  let value = random.next();
  let found: number | undefined;
  for (let nowS = 0; nowS < Math.max(2, updates * periodS); ) {
    nowS += 0.01 * (1 + late * random.next() * (random.next() < 1 / 30 ? 3 : 1));
    while (updateS <= nowS) {
      // As recorded on a V100: 19 to 22 ms around 20 ms.
      updateS += periodS * (1 + 0.1 * (random.next() - 0.5));
      if (random.next() >= repeats) value = random.next();
    }
    watch.see(nowS, value);
    found = watch.periodS() ?? found;
  }
  return found;
}

test("periods of 20 to 500 ms are found within 20 %, whatever the phase and however late the polls", () => {
  fc.assert(
    fc.property(fc.double({ min: 20, max: 500, noNaN: true }), fc.nat(), (periodMs, seed) => {
      const found = detected({ periodMs, seed });
      expect(Math.abs(1_000 * found! - periodMs)).toBeLessThanOrEqual(0.2 * periodMs);
    }),
    { numRuns: 150 },
  );
});

test("updates that repeat the value do not lengthen the period", () => {
  fc.assert(
    fc.property(fc.double({ min: 50, max: 250, noNaN: true }), fc.nat(), (periodMs, seed) => {
      // Long enough that not by chance nearly all gaps hold an even number of updates.
      const found = detected({ periodMs, seed, repeats: 0.4, updates: 100 });
      expect(Math.abs(1_000 * found! - periodMs)).toBeLessThanOrEqual(0.2 * periodMs);
    }),
    { numRuns: 50 },
  );
});

test("a reading that is renewed faster than it is polled has no period that could be seen", () => {
  expect(detected({ periodMs: 2, seed: 1 })).toBeUndefined();
});

test("a reading that never changes, and the first changes, tell nothing yet", () => {
  const watch = updateWatch();
  for (let poll = 0; poll < 100; poll++) watch.see(poll / 100, 5);
  expect(watch.periodS()).toBeUndefined();
  for (let poll = 100; poll < 140; poll++) watch.see(poll / 100, Math.floor(poll / 10));
  expect(watch.periodS()).toBeUndefined();
});
