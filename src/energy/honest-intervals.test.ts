/** Intervals of this room's sensors against simulated truth: wide enough to hold it, narrow enough to be of use. */
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import {
  expectHonest,
  honestyOf,
  logUniform,
  normal,
  powerTrace,
  type Trial,
} from "../../test/support/trace-truth.ts";
import { exactly, within } from "../core/interval.ts";
import { type Random, seededRandom } from "../core/random.ts";
import { cpuTimeModel } from "./cpu-time-model.ts";
import { memoryModel } from "./memory-model.ts";
import { openMeter } from "./open-meter.ts";
import { powercapSensor } from "./powercap-sensor.ts";
import { openProcessTree } from "./process-tree.ts";
import type { SensorSource } from "./sensor.ts";

const trialsOf = (count: number, seed: number, trial: (random: Random) => Trial): Trial[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => trial(random));
};

/** The gain error of a counter differs from machine to machine; ± 5 % are read as two standard deviations of it. */
const GAIN_DEVIATION = 0.025;
const RENEWAL_S = 0.001;
const UNIT_UJ = 61;

test("powercap: windows from milliseconds to minutes", () => {
  expectHonest(
    trialsOf(4_000, 1, (random) => {
      const gain = 1 + GAIN_DEVIATION * normal(random);
      const lengthS = logUniform(random, 0.004, 100);
      const trace = powerTrace(random, { lengthS: lengthS + 1, dwellS: 0.3, lowW: 5, highW: 200 });
      const phase = random.next() * RENEWAL_S;
      let nowS = random.next();
      const files = {
        readTextSync(path: string): string {
          if (path === "/proc/uptime") throw new Error("none");
          const renewed = Math.floor((nowS - phase) / RENEWAL_S) * RENEWAL_S + phase;
          const units = Math.floor((gain * trace.joulesUntil(Math.max(0, renewed)) * 1e6) / UNIT_UJ);
          return String(1_000_000 + units * UNIT_UJ);
        },
      };
      const zone = { name: "package-0", counterPath: "x", rangeUj: 262_143_328_850 };
      const sensor = powercapSensor(files, "cpu", [zone], nowS);
      const startS = nowS;
      nowS += lengthS;
      const { joules } = sensor.sample(nowS);
      const truth = trace.joulesUntil(nowS) - trace.joulesUntil(startS);
      return { interval: sensor.interval(joules, lengthS), truth };
    }),
  );
});

/** A factor is the 95 % range of a log-normal distribution. */
const byLogNormal = (random: Random, factor: number): number =>
  Math.exp((Math.log(factor) / 1.96) * normal(random));

test.each([
  ["CPU seconds × average watts", undefined, 3.84, (random: Random) => byLogNormal(random, 3)],
  ["CPU seconds × own watts", "5", 5, (random: Random) => 1 + 0.15 * normal(random)],
])("%s: machines whose watts per thread differ", (_name, own, watts, differs) => {
  expectHonest(
    trialsOf(4_000, 2, (random) => {
      let cpuS = 0;
      const world = fakeWorld({ machine: { processCpuSeconds: () => cpuS } });
      const env = own === undefined ? {} : { FRUGAL_CPU_WATTS: own };
      const sensor = cpuTimeModel(openProcessTree(world), env, 0);
      cpuS = logUniform(random, 0.01, 1_000);
      const { joules } = sensor.sample(10);
      return { interval: sensor.interval(joules, 10), truth: cpuS * watts * differs(random) };
    }),
  );
});

test("resident memory × watts per GB: machines whose memory differs", () => {
  expectHonest(
    trialsOf(4_000, 3, (random) => {
      const residentB = logUniform(random, 1e7, 1e11);
      const sensor = memoryModel(
        openProcessTree(fakeWorld({ machine: { residentBytes: () => residentB } })),
        0,
      );
      const { joules } = sensor.sample(10);
      return {
        interval: sensor.interval(joules, 10),
        truth: (residentB / 1e9) * 0.392 * 10 * byLogNormal(random, 2),
      };
    }),
  );
});

const STAT = "4242 (node) S 1 1 1 0 -1 0 0 0 0 0 1 0 0 0 20 0 1 0 1 1000 100 0 0\n";

/** A sensor that knows the truth, so that only the splitting of intervals over spans errs. */
const exactSensor = (joulesUntil: (second: number) => number): SensorSource => ({
  open: ({ nowS }) => ({
    unavailable: [],
    sensors: [
      {
        component: "node", boundary: "machine", method: "counter", source: "truth", remedy: "none",
        interval: exactly,
        sample: (now) => ({ joules: joulesUntil(now) - joulesUntil(nowS), coveredS: now - nowS }),
        notes: () => [],
      },
    ],
  }),
}); // biome-ignore format: one record

test("spans between samples: bursts shorter and longer than the time between samples", async () => {
  const random = seededRandom(4);
  const trials: Trial[] = [];
  while (trials.length < 1_000) {
    // With these two files no read fails, which keeps a thousand runs short.
    const world = fakeWorld({
      files: {
        "/proc/stat": "cpu  1 0 0 1 0 0 0\n",
        "/proc/4242/stat": STAT,
        "/proc/4242/task/1/children": "",
      },
    });
    const trace = powerTrace(random, {
      lengthS: 30, dwellS: logUniform(random, 0.02, 2), lowW: 5, highW: 100,
    }); // biome-ignore format: one record
    const meter = await openMeter(world, { sources: [exactSensor(trace.joulesUntil)] });
    world.clock.advance(1 + random.next());
    let truth = 0;
    const spanS = logUniform(random, 0.01, 1);
    for (let call = 1 + Math.floor(random.next() * 20); call > 0; call--) {
      await meter.span("work", () => {
        const startS = world.clock.now();
        world.clock.advance(spanS * (0.5 + random.next()));
        truth += trace.joulesUntil(world.clock.now()) - trace.joulesUntil(startS);
      });
      world.clock.advance(random.next() * spanS);
    }
    const { spans } = await meter.close();
    const [node] = spans[0]!.readings;
    if (node?.kind !== "available") throw new Error("no reading");
    trials.push({ interval: node.joules, truth });
  }
  expectHonest(trials);
});

test("an interval that is too narrow or too wide is found", () => {
  const trials = (width: number) =>
    trialsOf(2_000, 5, (random) => ({ interval: within(100 + normal(random), width), truth: 100 }));
  expect(honestyOf(trials(0.0196)).coverage).toBeGreaterThan(0.93);
  expect(() => expectHonest(trials(0.01))).toThrow(/coverage/);
  expect(() => expectHonest(trials(0.1))).toThrow(/coverage/);
});
