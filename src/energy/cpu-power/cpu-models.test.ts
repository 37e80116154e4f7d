/** The model of a CPU's name × load, and the estimate of the whole machine, through the suite that every sensor passes. */
import { expect, test } from "vitest";
import { type FakeOptions, fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { energyTotal } from "../../core/energy-total.ts";
import { openMeter } from "../open-meter.ts";
import { openSensors } from "../open-sensors.ts";

/** 250 W, exactly. */
const CPU = "Intel(R) Core(TM) Ultra 7 265KF";
const THREADS = 20;
const FULL_W = 250;
const IDLE_W = 0.15 * FULL_W;

/** A machine whose busy threads the test sets; no counters. */
function tableMachine(options: FakeOptions & { readonly cpu?: string } = {}) {
  let [busyS, broken] = [0, false];
  const fake = fakeWorld({
    ...options,
    files: { ...options.files, "/proc/stat": statOf(0) },
    machine: { cpuModel: options.cpu ?? CPU, cpuThreads: THREADS, memoryBytes: 0, ...options.machine },
  });
  const readTextSync = (path: string): string => {
    if (broken) throw new SystemError("EIO", path);
    return fake.files.readTextSync(path);
  };
  const machine = { ...fake.machine, machineBusySeconds: () => Number.NaN };
  return {
    world: { ...fake, machine, files: { ...fake.files, readTextSync } },
    now: () => fake.clock.now(),
    breakReads: (now: boolean) => {
      broken = now;
    },
    run(seconds: number, busyThreads: number) {
      busyS += seconds * busyThreads;
      fake.stored.set("/proc/stat", new TextEncoder().encode(statOf(busyS)));
      fake.clock.advance(seconds);
    },
  };
}

function statOf(busyS: number): string {
  const cpus = Array.from({ length: THREADS }, (_, at) => `cpu${at} 0\n`).join("");
  return `cpu  ${(100 * busyS).toFixed(6)} 0 0 9 0 0 0 0 0 0\n${cpus}`;
}

const failing = (options?: { readonly failAt?: number }) =>
  options?.failAt === undefined ? {} : { failAt: { call: options.failAt, code: "EIO" } };

function rigOf(wattsAt: (watts: number) => number, options: FakeOptions): SensorRig {
  const { world, now, breakReads, run } = tableMachine(options);
  return {
    open: () => openSensors(world),
    now,
    breakReads,
    draw: (watts, seconds) => run(seconds, wattsAt(watts)),
  };
}

sensorSuite("CPU name × load", {
  component: "cpu",
  boundary: "machine",
  method: "modelled",
  watts: FULL_W,
  tolerance: 1e-3,
  rig: (options) =>
    rigOf((watts) => Math.max(0, ((watts - IDLE_W) / (FULL_W - IDLE_W)) * THREADS), failing(options)),
});

const NODE_W = FULL_W / 0.9 + 40;

sensorSuite("node estimated from the parts", {
  component: "node",
  boundary: "machine",
  method: "modelled",
  watts: NODE_W,
  tolerance: 1e-3,
  rig: (options) =>
    rigOf((watts) => Math.max(0, (((watts - 40) * 0.9 - IDLE_W) / (FULL_W - IDLE_W)) * THREADS), {
      env: { FRUGAL_SCOPE: "node" },
      ...failing(options),
    }),
  unavailable: {
    "a CPU of which only this process's time is known": () =>
      openSensors(fakeWorld({ env: { FRUGAL_SCOPE: "node" } })),
  },
});

test("the reading says from which figure it is, and is split with the model's own idle power", async () => {
  const { world, run } = tableMachine();
  const meter = await openMeter(world, { sampling: "here" });
  run(10, 10);
  const { whole } = await meter.close();
  const cpu = whole.readings.find((each) => each.component === "cpu" && each.kind === "available");
  if (cpu?.kind !== "available") throw new Error("no reading");
  expect(cpu.joules.value).toBeCloseTo(10 * (IDLE_W + (FULL_W - IDLE_W) / 2), 3);
  expect(cpu.joules.low / cpu.joules.value).toBeCloseTo(1 / 1.5, 6);
  expect(cpu.source).toContain("250 W (Intel Core Ultra 7 265KF); @huggingface/tasks");
  expect(cpu.split?.lines[0]).toMatchObject({
    owner: "idle",
    joules: { value: expect.closeTo(10 * IDLE_W, 3) },
  });
});

test("a name that tells nothing keeps the average per busy thread, and the reading says so", async () => {
  const { world } = tableMachine({ cpu: "AMD EPYC" });
  const { sensors } = await openSensors(world);
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  expect(cpu.boundary).toBe("process-tree");
  expect(cpu.notes().join()).toContain('"AMD EPYC" names no CPU whose power is in the table');
});

test("the user's own watts win over the table", async () => {
  const { world } = tableMachine({ env: { FRUGAL_CPU_WATTS: "7" } });
  const { sensors } = await openSensors(world);
  expect(sensors.find(({ component }) => component === "cpu")?.source).toContain("FRUGAL_CPU_WATTS");
});

test("the whole machine is estimated only when asked for, and then is labelled as that", async () => {
  const parts = await openSensors(tableMachine().world);
  expect(parts.sensors.filter(({ component }) => component === "node")).toEqual([]);

  const { world, run } = tableMachine({ machine: { memoryBytes: 32e9 } });
  const meter = await openMeter(world, { sampling: "here", scope: "node" });
  run(10, THREADS);
  const { whole } = await meter.close();
  const total = energyTotal(whole.readings);
  expect(total.joules?.value).toBeCloseTo(10 * ((FULL_W + 32 * 0.392) / 0.9 + 40), 3);
  expect(total.status).toBe("modelled");
  expect(total.boundary).toBe("machine");
  expect(total.joules!.low).toBeLessThan(0.75 * total.joules!.value);
  expect(total.joules!.high).toBeGreaterThan(1.3 * total.joules!.value);
  const node = whole.readings.find(({ component }) => component === "node")!;
  expect(node.source).toContain("estimate, not calibrated");
});

test("an unknown scope is refused", async () => {
  await expect(openSensors(fakeWorld({ env: { FRUGAL_SCOPE: "rack" } }))).rejects.toMatchObject({
    code: "bad-option",
  });
});
