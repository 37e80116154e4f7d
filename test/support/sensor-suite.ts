/** What every sensor must do, whatever it reads. A sensor's test brings simulated hardware (a rig) and calls `sensorSuite`. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Found, Sample, Sensor } from "../../src/energy/sensor.ts";

type MaybePromise<T> = T | Promise<T>;

/** Simulated hardware below one sensor. It knows the truth, because the suite tells it how much to draw. */
export interface SensorRig {
  /** Opens what the meter would open on this hardware, at `now()`. */
  open(): MaybePromise<Found>;
  /** Lets `seconds` pass at a draw of `watts` and moves the clock that the sensor sees. */
  draw(watts: number, seconds: number): MaybePromise<void>;
  /** Monotonic seconds. */
  now(): number;
  /** From now on every read of the outside world fails, or works again. */
  breakReads(broken: boolean): void;
}

export interface SensorCase extends Pick<Sensor, "component" | "boundary" | "method"> {
  /** Fresh hardware each time; with `failAt` the n-th read of the outside world fails (1-based, the opening's reads too). */
  rig(options?: { readonly failAt?: number }): SensorRig;
  /** Greatest error of a draw, as a part of the joules; 1e-6 unless told (counters count in steps). */
  readonly tolerance?: number;
  /** A draw that the hardware can have; 20 W unless told. */
  readonly watts?: number;
  /** Machines on which it cannot be read, by what is wrong with them: opening must say why and what helps. */
  readonly unavailable?: Readonly<Record<string, () => MaybePromise<Found>>>;
}

/** Reads that are failed one after the other; more than any opening with three samples makes. */
const SWEEP = 60;
/** Joules below which only counter steps differ. */
const STEP_J = 1e-3;

export function sensorSuite(name: string, facts: SensorCase): void {
  const tolerance = facts.tolerance ?? 1e-6;
  const watts = facts.watts ?? 20;
  const nearly = (joules: number, truth: number): boolean =>
    Math.abs(joules - truth) <= tolerance * Math.abs(truth) + STEP_J;

  const openOne = async (rig: SensorRig): Promise<Sensor> => {
    const { sensors } = await rig.open();
    const found = sensors.find((each) => isOfCase(each));
    if (found === undefined) throw new Error(`${name}: opening gave no such sensor`);
    return found;
  };
  const isOfCase = (sensor: Sensor): boolean =>
    sensor.component === facts.component &&
    sensor.boundary === facts.boundary &&
    sensor.method === facts.method;

  describe(`sensor: ${name}`, () => {
    test("opens with a source, a remedy and nothing counted", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      expect(sensor.source).not.toBe("");
      expect(sensor.remedy).not.toBe("");
      expect(sensor.sample(rig.now())).toEqual({ joules: 0, coveredS: 0 });
      sensor.close?.();
    });

    test("counts the joules of a steady draw and covers the time", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      const start = rig.now();
      sensor.sample(start);
      let last: Sample = { joules: 0, coveredS: 0 };
      for (let second = 1; second <= 10; second++) {
        await rig.draw(watts, 1);
        last = sensor.sample(rig.now());
      }
      expect(nearly(last.joules, watts * 10), `${last.joules} J of ${watts * 10}`).toBe(true);
      expect(last.coveredS).toBeCloseTo(rig.now() - start, 6);
      sensor.close?.();
    });

    test("seconds without a sample cost nothing when the next one succeeds", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      sensor.sample(rig.now());
      await rig.draw(watts, 1);
      sensor.sample(rig.now());
      await rig.draw(watts, 7);
      const { joules, coveredS } = sensor.sample(rig.now());
      expect(nearly(joules, watts * 8), `${joules} J of ${watts * 8}`).toBe(true);
      expect(coveredS).toBeCloseTo(8, 6);
      sensor.close?.();
    });

    test("the same moment twice counts once, and an earlier one takes nothing back", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      await rig.draw(watts, 2);
      const first = sensor.sample(rig.now());
      expect(sensor.sample(rig.now())).toEqual(first);
      const earlier = sensor.sample(rig.now() - 1);
      expect(earlier.joules).toBeGreaterThanOrEqual(first.joules);
      expect(earlier.coveredS).toBeGreaterThanOrEqual(first.coveredS);
      sensor.close?.();
    });

    test("the interval holds its value, is never negative and grows with it", async () => {
      const sensor = await openOne(facts.rig());
      let width = 0;
      for (const joules of [0, 1e-3, 1, 1_000, 1e9]) {
        const { low, value, high } = sensor.interval(joules);
        expect([value, low <= joules, joules <= high, low >= 0]).toEqual([joules, true, true, true]);
        expect(high - low).toBeGreaterThanOrEqual(width);
        width = high - low;
      }
      sensor.close?.();
    });

    test("a failed read repeats the last sample, leaves a note and is not covered", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      await rig.draw(watts, 1);
      const before = sensor.sample(rig.now());
      rig.breakReads(true);
      await rig.draw(watts, 3);
      const broken = sensor.sample(rig.now());
      expect(broken.joules).toBe(before.joules);
      expect(broken.coveredS).toBe(before.coveredS);
      expect(sensor.notes().length).toBeGreaterThan(0);
      rig.breakReads(false);
      await rig.draw(watts, 1);
      const { joules, coveredS } = sensor.sample(rig.now());
      // What the counter held meanwhile is made up for; what only polling would have seen stays uncovered.
      expect(nearly(joules, watts * coveredS), `${joules} J in ${coveredS} s of ${watts} W`).toBe(true);
      expect(coveredS).toBeGreaterThan(before.coveredS);
      sensor.close?.();
    });

    test("in any history of draws, failures and samples it is monotone and never above the truth", async () => {
      const step = fc.record({
        move: fc.constantFrom("draw", "draw", "sample", "break", "mend"),
        watts: fc.double({ min: 0, max: watts, noNaN: true }),
        seconds: fc.double({ min: 0.01, max: 3, noNaN: true }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const rig = facts.rig();
          const sensor = await openOne(rig);
          const start = rig.now();
          let last = sensor.sample(start);
          let most = 0;
          for (const { move, watts: now, seconds } of steps) {
            if (move === "break" || move === "mend") rig.breakReads(move === "break");
            else if (move === "draw") {
              await rig.draw(now, seconds);
              // A model that integrates a power between samples may take either end of it.
              most += watts * seconds;
            } else {
              const next = sensor.sample(rig.now());
              expect(next.joules).toBeGreaterThanOrEqual(last.joules);
              expect(next.coveredS).toBeGreaterThanOrEqual(last.coveredS);
              expect(next.joules).toBeLessThanOrEqual(most * (1 + tolerance) + STEP_J);
              expect(next.coveredS).toBeLessThanOrEqual(rig.now() - start + 1e-6);
              last = next;
            }
          }
          const notes = sensor.notes();
          expect(new Set(notes).size).toBe(notes.length);
          sensor.close?.();
        }),
        { numRuns: 100 },
      );
    });

    test("closing twice is fine, and a sample after it neither throws nor goes back", async () => {
      const rig = facts.rig();
      const sensor = await openOne(rig);
      await rig.draw(watts, 1);
      const before = sensor.sample(rig.now());
      sensor.close?.();
      sensor.close?.();
      await rig.draw(watts, 1);
      expect(sensor.sample(rig.now()).joules).toBeGreaterThanOrEqual(before.joules);
    });

    test("whichever read fails, opening gives sensors or reasons, and samples never throw or go back", async () => {
      for (let failAt = 1; failAt <= SWEEP; failAt++) {
        const rig = facts.rig({ failAt });
        const found = await rig.open();
        expect(found.sensors.length + found.unavailable.length).toBeGreaterThan(0);
        expectReasons(found);
        for (const sensor of found.sensors) {
          let last = sensor.sample(rig.now());
          for (let sample = 0; sample < 3; sample++) {
            await rig.draw(watts, 1);
            const next = sensor.sample(rig.now());
            expect(next.joules).toBeGreaterThanOrEqual(last.joules);
            expect(next.coveredS).toBeGreaterThanOrEqual(last.coveredS);
            last = next;
          }
          sensor.close?.();
        }
      }
    });

    for (const [wrong, open] of Object.entries(facts.unavailable ?? {})) {
      test(`${wrong}: it is unavailable, with the reason and a remedy`, async () => {
        const found = await open();
        expect(found.sensors.filter(isOfCase)).toEqual([]);
        expect(found.unavailable.some((each) => each.component === facts.component)).toBe(true);
        expectReasons(found);
        for (const each of found.sensors) each.close?.();
      });
    }
  });
}

function expectReasons({ unavailable }: Found): void {
  for (const { source, reason, remedy } of unavailable)
    expect([source, reason, remedy].map((text) => text.trim() !== "")).toEqual([true, true, true]);
}
