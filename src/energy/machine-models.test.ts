import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import type { Reading } from "../core/meter.ts";
import { openMeter } from "./open-meter.ts";

const HOUR = 3_600;

/** Reads a machine of two threads and 8.59 GB for an hour, in which its threads were busy for so many seconds. */
async function anHour(busyS: number, env: Record<string, string> = {}) {
  let busy = 100;
  const world = fakeWorld({ env, machine: { machineBusySeconds: () => busy } });
  const meter = await openMeter(world, { modelled: "machine", workloads: [], sampling: "here" });
  busy += busyS;
  world.clock.advance(HOUR);
  const { whole } = await meter.close();
  const of = (component: string) => whole.readings.find((each) => each.component === component)!;
  return { whole, cpu: available(of("cpu")), ram: available(of("ram")) };
}

function available(reading: Reading) {
  if (reading.kind !== "available") throw new Error(reading.reason);
  return reading;
}

test("an idle machine draws its idle watts and those of its memory, whatever this process does", async () => {
  const { cpu, ram, whole } = await anHour(0);
  expect([cpu.boundary, ram.boundary]).toEqual(["machine", "machine"]);
  expect(cpu.joules.value).toBeCloseTo(2 * 0.74 * HOUR, 6);
  expect(ram.joules.value).toBeCloseTo(8.589934592 * 0.392 * HOUR, 6);
  // What this process used tells nothing about the machine.
  expect(whole.cpuS).toBeUndefined();
});

test("threads of whatever process add to it, up to the busy watts of all", async () => {
  const { cpu } = await anHour(2 * HOUR);
  expect(cpu.joules.value).toBeCloseTo(2 * 3.84 * HOUR, 6);
  expect(cpu.joules.low).toBeCloseTo(cpu.joules.value / 3, 6);
  expect(cpu.joules.high).toBeCloseTo(cpu.joules.value * 3, 6);
});

test("the user's own watts are added to the idle ones, and only those stay known to a factor", async () => {
  const { cpu } = await anHour(HOUR, { FRUGAL_CPU_WATTS: "10" });
  const idle = 2 * 0.74 * HOUR;
  expect(cpu.joules.value).toBeCloseTo(10 * HOUR + idle, 6);
  expect(cpu.joules.low).toBeCloseTo(7 * HOUR + idle / 3, 6);
  expect(cpu.joules.high).toBeCloseTo(13 * HOUR + idle * 3, 6);
  expect(cpu.source).toContain("FRUGAL_CPU_WATTS");
});

test("where nothing tells how busy the machine is, the CPU is unavailable, not idle", async () => {
  const world = fakeWorld({
    machine: {
      machineBusySeconds: () => {
        throw new Error("no such counter");
      },
    },
  });
  const meter = await openMeter(world, { modelled: "machine", workloads: [] });
  world.clock.advance(1);
  const { whole } = await meter.close();
  expect(whole.readings.filter(({ component }) => component === "cpu")).toEqual([
    expect.objectContaining({ kind: "unavailable", reason: expect.stringContaining("powercap") }),
    expect.objectContaining({ kind: "unavailable", reason: expect.stringContaining("no such counter") }),
  ]);
});
