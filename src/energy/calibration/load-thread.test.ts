import { expect, test } from "vitest";
import { steppedClock } from "../../../test/support/fake-world.ts";
import { settle } from "../../../test/support/settle.ts";
import type { ThreadSide } from "../../core/ports.ts";
import { KERNELS, LOADS } from "./load-kernels.ts";
import { keepBusy, type LoadOrder } from "./load-thread.ts";
import { staircase } from "./staircase.ts";

/** A clock that a kernel moves by looking at it: 1 ms for each look. */
function busyClock() {
  const clock = steppedClock();
  let lookedS = 0;
  return {
    now: () => {
      lookedS += 0.001;
      return clock.now() + lookedS;
    },
    sleep: clock.sleep,
    advance: clock.advance,
    busyS: () => lookedS,
  };
}

test("a thread is busy for its share of each period, and ends when told", async () => {
  const clock = busyClock();
  let order: (message: LoadOrder) => void = () => {};
  let isClosed = false;
  const side: ThreadSide = {
    data: undefined,
    post: () => {},
    occupy: () => {},
    onMessage: (listener) => {
      order = listener;
    },
    close: () => {
      isClosed = true;
    },
  };
  const running = keepBusy(clock, side);
  const periods = async (count: number): Promise<number> => {
    const before = clock.busyS();
    for (let period = 0; period < count; period++) {
      clock.advance(0.1);
      await settle(1);
    }
    return (clock.busyS() - before) / count;
  };
  // One look at the clock to find out that there is nothing to do.
  expect(await periods(5)).toBeLessThan(0.002);
  order({ load: "integer", share: 0.5 });
  expect(await periods(5)).toBeCloseTo(0.05, 2);
  order({ load: "float", share: 0.25 });
  expect(await periods(5)).toBeCloseTo(0.025, 2);
  order("close");
  await periods(1);
  await running;
  expect(isClosed).toBe(true);
});

test.each(LOADS)("%s is work with a finite result, however often it is done", (load) => {
  const kernel = KERNELS[load]();
  for (let round = 0; round < 30; round++) expect(Number.isFinite(kernel())).toBe(true);
});

test("the staircase takes the time that was asked for, has every load at every level, and begins and ends idle", () => {
  const steps = staircase(10);
  expect(steps.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(600, 6);
  const kinds = new Set(steps.map(({ load, level }) => `${load} ${level}`));
  for (const load of LOADS)
    for (const level of [0.25, 0.5, 0.75, 1]) expect(kinds).toContain(`${load} ${level}`);
  expect([steps[0]?.load, steps.at(-1)?.load]).toEqual(["idle", "idle"]);
  expect(steps.filter(({ load }) => load === "idle")).toHaveLength(3);
});
