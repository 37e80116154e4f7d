/** Energy of real processes, by their real CPU time; only the counter is simulated, because few machines let one be read. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { within } from "../src/core/interval.ts";
import { machineBusySeconds } from "../src/energy/machine-busy.ts";
import { openMeter } from "../src/energy/open-meter.ts";
import type { SensorSource } from "../src/energy/sensor.ts";
import { nodeWorld } from "../src/host/node-world.ts";

const IDLE_WATTS = 10;
const JOULES_PER_BUSY_SECOND = 7;
/** Part of a core that each child is busy. */
const DUTIES = [0.25, 0.35, 0.5, 0.65];
/** /proc counts in ticks of 10 ms, at both ends and for user and system time: a second keeps that below 5 %. */
const LEAST_CPU_S = 1;

const CHILD = `
const duty = Number(process.argv[2]);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send((user + system) / 1e6);
});
const round = () => {
  const until = performance.now() + 40 * duty;
  while (performance.now() < until);
  setTimeout(round, 40 * (1 - duty));
};
round();
`;

const world = nodeWorld();
const folder = mkdtempSync(join(tmpdir(), "frugal-attribution-"));
const children: ChildProcess[] = [];
const ask = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once("message", (cpuS) => resolve(cpuS as number));
    child.send("cpu");
  });

beforeAll(async () => {
  const script = join(folder, "busy.mjs");
  writeFileSync(script, CHILD);
  children.push(...DUTIES.map((duty) => fork(script, [String(duty)], { execArgv: [] })));
  await Promise.all(children.map(ask));
});
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true });
});

/** A counter of the machine that knows the truth: idle power, and a price for each busy CPU second. */
const simulated: SensorSource = {
  open({ nowS }) {
    const busyAtStart = machineBusySeconds(world);
    return {
      unavailable: [],
      sensors: [
        {
          component: "cpu",
          boundary: "machine",
          method: "counter",
          source: "simulated",
          remedy: "none",
          interval: (joules) => within(joules, 0.01),
          notes: () => [],
          sample: (now) => ({
            joules:
              (now - nowS) * IDLE_WATTS + (machineBusySeconds(world) - busyAtStart) * JOULES_PER_BUSY_SECOND,
            coveredS: now - nowS,
          }),
        },
      ],
    };
  },
};

test.skipIf(process.platform !== "linux")(
  "four processes with different CPU shares each get their part of the machine's energy within 5 %",
  async () => {
    const beforeOpen = await Promise.all(children.map(ask));
    const meter = await openMeter(world, {
      sources: [simulated],
      workloads: children.map((child, index) => ({
        kind: "process-tree",
        pid: child.pid!,
        name: `child ${index}`,
      })),
      idle: () => ({ watts: within(IDLE_WATTS, 0.01), from: "known" }),
    });
    const before = await Promise.all(children.map(ask));
    let used: number[] = [];
    do {
      await world.clock.sleep(250);
      used = (await Promise.all(children.map(ask))).map((cpuS, index) => cpuS - before[index]!);
    } while (Math.min(...used) < LEAST_CPU_S);
    const { whole } = await meter.close();
    // The children go on while the meter opens and closes: the truth lies between what they used inside and what they used around it.
    const around = (await Promise.all(children.map(ask))).map((cpuS, index) => cpuS - beforeOpen[index]!);
    const [cpu] = whole.readings;
    if (cpu?.kind !== "available" || cpu.split === undefined) throw new Error("no split reading");
    const { lines, rule } = cpu.split;
    expect(lines.map((line) => line.name)).toEqual([
      "idle", "child 0", "child 1", "child 2", "child 3", "everything else",
    ]); // biome-ignore format: one list
    used.forEach((cpuS, index) => {
      const { value, low, high } = lines[index + 1]!.joules;
      const [least, most] = [cpuS * JOULES_PER_BUSY_SECOND, around[index]! * JOULES_PER_BUSY_SECOND];
      const told = `child ${index}: ${value} J of ${least} to ${most} J`;
      expect(value, told).toBeGreaterThan(0.95 * least);
      expect(value, told).toBeLessThan(1.05 * most);
      expect([low <= most, least <= high]).toEqual([true, true]);
    });
    expect(lines[0]?.joules.value).toBeCloseTo(IDLE_WATTS * whole.durationS, 0);
    const sum = lines.reduce((total, line) => total + line.joules.value, 0);
    expect(Math.abs(sum - cpu.joules.value)).toBeLessThanOrEqual(1e-9 * cpu.joules.value);
    expect(rule).toContain("idle power 10.0 W (known)");
  },
);
