import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { energyTotal } from "../core/energy-total.ts";
import { within } from "../core/interval.ts";
import type { Reading } from "../core/meter.ts";
import { idleWatch } from "./idle-power.ts";
import { type MeterOptions, openMeter } from "./open-meter.ts";
import type { ComponentUse, SensorSource } from "./sensor.ts";

const ZONE = "/sys/class/powercap/intel-rapl:0";
const THREADS = 2;
/** Shorter than the time between samples, so that samples see the hardware moving. */
const STEP_S = 0.02;

/** A machine with a package counter: 6 W idle and 10 J for each busy CPU second. */
async function openOnMachine(options: MeterOptions = {}) {
  let [uj, busyS, ownS] = [0, 0, 0];
  const world = fakeWorld({
    files: { [`${ZONE}/name`]: "package-0", [`${ZONE}/max_energy_range_uj`]: "262143328850" },
    machine: { processCpuSeconds: () => ownS, cpuThreads: THREADS },
  });
  const put = (path: string, text: string): void =>
    void world.stored.set(path, new TextEncoder().encode(text));
  const run = (seconds: number, own: number, others: number): void => {
    for (let left = seconds; left > 0; left -= STEP_S) step(Math.min(STEP_S, left), own, others);
  };
  const step = (seconds: number, own: number, others: number): void => {
    uj += seconds * (6 + 10 * (own + others)) * 1e6;
    ownS += own * seconds;
    busyS += (own + others) * seconds;
    put(`${ZONE}/energy_uj`, String(Math.round(uj)));
    put("/proc/stat", `cpu  ${Math.round(busyS * 100)} 0 0 99 0 0 0 0 0 0\n`);
    world.clock.advance(seconds);
  };
  step(0, 0, 0);
  const meter = await openMeter(world, options);
  return { world, meter, run };
}

const splitOf = (readings: readonly Reading[]) => {
  const [cpu] = readings;
  if (cpu?.kind !== "available" || cpu.split === undefined) throw new Error("no split");
  const lines = Object.fromEntries(cpu.split.lines.map((line) => [line.owner, line.joules]));
  return { ...cpu.split, lines, joules: cpu.joules };
};

test("a machine that was idle for a while knows its idle power; the rest is shared by CPU time", async () => {
  const { meter, run } = await openOnMachine();
  run(2, 0, 0);
  run(3, 0.5, 0.25);
  const { whole } = await meter.close();
  const { lines, rule, joules } = splitOf(whole.readings);
  // 5 s × 6 W idle; 3 s × 0.5 and 0.25 busy × 10 J.
  expect(joules.value).toBeCloseTo(52.5, 6);
  expect(lines["idle"]?.value).toBeCloseTo(30, 6);
  expect(lines["process-tree"]?.value).toBeCloseTo(15, 1);
  expect(lines["others"]?.value).toBeCloseTo(7.5, 1);
  expect(lines["idle"]?.low).toBeCloseTo(28.5, 2);
  expect(rule).toContain("idle power 6.00 W (lowest observed, at 0 % busy)");
  expect(energyTotal(whole.readings).own?.value).toBeGreaterThan(15);
});

test("on a machine that never was idle, the idle power has a wide interval that holds the truth", async () => {
  const { meter, run } = await openOnMachine();
  run(4, 1, 0.5);
  const { lines } = splitOf((await meter.close()).whole.readings);
  const idle = lines["idle"]!;
  expect([idle.low, idle.low <= 24, 24 <= idle.high]).toEqual([0, true, true]);
  const own = lines["process-tree"]!;
  expect([own.low <= 40, 40 <= own.high]).toEqual([true, true]);
});

test("an idle power that was calibrated is used and named", async () => {
  const idle = () => ({ watts: within(6, 0.05), from: "calibrated 2026-01-01" });
  const { meter, run } = await openOnMachine({ idle });
  run(4, 1, 1);
  const { lines, rule } = splitOf((await meter.close()).whole.readings);
  expect(lines["process-tree"]?.value).toBeCloseTo(40, 1);
  expect(rule).toContain("calibrated 2026-01-01");
});

test("a span has its own split", async () => {
  const { meter, run } = await openOnMachine();
  run(2, 0, 0);
  const { energy } = await meter.measure("work", () => run(2, 1, 0));
  const { lines } = splitOf(energy.readings);
  expect(lines["process-tree"]?.value).toBeCloseTo(20, 0);
  expect(lines["others"]?.value).toBeCloseTo(0, 0);
});

test("where nothing tells how busy the machine was there is no split, and a note says so", async () => {
  const { meter, run, world } = await openOnMachine();
  world.stored.delete("/proc/stat");
  world.machine.machineBusySeconds = () => {
    throw new Error("no such number");
  };
  const again = await openMeter(world);
  run(0, 0, 0);
  world.stored.delete("/proc/stat");
  world.clock.advance(1);
  const [cpu] = again.total().readings;
  expect(cpu).not.toHaveProperty("split");
  expect(cpu?.kind === "available" && cpu.notes.join()).toContain("no such number");
  await meter.close();
});

test("a device that tells its users is split by them: ended processes keep their part", async () => {
  let use: ComponentUse = { busyS: 0, byProcess: new Map() };
  let joules = 0;
  const gpu: SensorSource = {
    open: ({ nowS }) => ({
      unavailable: [],
      sensors: [
        {
          component: "gpu", boundary: "machine", method: "counter", source: "gpu-0", remedy: "none",
          interval: (amount) => within(amount, 0.05),
          sample: (now) => ({ joules, coveredS: now - nowS }),
          notes: () => [],
          use: () => use,
        },
      ],
    }),
  }; // biome-ignore format: one record
  const world = fakeWorld();
  const idle = () => ({ watts: within(50, 0.1), from: "known" });
  const meter = await openMeter(world, { sources: [gpu], idle });
  for (let second = 1; second <= 10; second++) {
    joules = second * (50 + 0.8 * 200);
    // Process 77 ends after five seconds and stays in the count.
    const [own, other] = [0.6 * second, second < 5 ? 0.4 * second : 2];
    use = {
      busyS: 0.8 * second,
      byProcess: new Map([
        [world.processes.pid, own],
        [77, other],
      ]),
    };
    world.clock.advance(1);
  }
  const { lines } = splitOf((await meter.close()).whole.readings);
  expect(lines["idle"]?.value).toBeCloseTo(500, 6);
  expect(lines["process-tree"]?.value).toBeGreaterThan(1_100);
  expect(lines["process-tree"]?.value).toBeLessThan(1_300);
  expect(lines["others"]?.value).toBeCloseTo(1_600 - lines["process-tree"]!.value, 6);
});

test("owners add up to the reading, and no line is negative, whatever the machine did", async () => {
  const load = fc.double({ min: 0, max: 1, noNaN: true });
  const step = fc.record({ seconds: fc.double({ min: 0.01, max: 3, noNaN: true }), own: load, others: load });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { meter, run } = await openOnMachine();
      for (const { seconds, own, others } of steps) await meter.span("work", () => run(seconds, own, others));
      const { whole, spans, unattributed } = await meter.close();
      for (const readings of [whole.readings, spans[0]!.readings, unattributed]) {
        const [cpu] = readings;
        if (cpu?.kind !== "available" || cpu.split === undefined) continue;
        const sum = cpu.split.lines.reduce((total, line) => total + line.joules.value, 0);
        expect(Math.abs(sum - cpu.joules.value)).toBeLessThanOrEqual(1e-9 * Math.max(1, cpu.joules.value));
        for (const { joules } of cpu.split.lines) {
          expect(joules.value).toBeGreaterThanOrEqual(0);
          expect(joules.low).toBeLessThanOrEqual(joules.value);
          expect(joules.high).toBeGreaterThanOrEqual(joules.value);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("the lowest stretch of at least a second gives the idle power, not a moment between two counter steps", () => {
  const watch = idleWatch({ least: 0, most: 0 });
  watch.see(0.001, 0, 0);
  // A meter that steps every 5 s, sampled every 0.5 s.
  for (let step = 1; step <= 40; step++) watch.see(0.5, step % 10 === 0 ? 100 : 0, 0);
  expect(watch.lowest()?.watts.value).toBeCloseTo(20, 1);
  expect(idleWatch({ least: 0, most: 0 }).lowest()).toBeUndefined();
});
