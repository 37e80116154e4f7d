import { expect, test } from "vitest";
import { fakeNative } from "../../../test/support/fake-native.ts";
import { type FakeBoard, fakeNvml } from "../../../test/support/fake-nvml.ts";
import { type FakeWorld, fakeWorld } from "../../../test/support/fake-world.ts";
import { within } from "../../core/interval.ts";
import type { Environment } from "../../core/ports.ts";
import { openMeter } from "../open-meter.ts";
import type { Found, Sensor } from "../sensor.ts";
import { openGpus } from "./open-gpus.ts";

const DRIVER = { "/proc/driver/nvidia/version": "NVRM" };

interface Setup {
  readonly env?: Environment;
  readonly missing?: readonly string[];
  readonly failAt?: number;
}

async function open(boards: (world: () => FakeWorld) => readonly FakeBoard[], setup: Setup = {}) {
  const library = fakeNvml(
    boards(() => world),
    { missing: setup.missing ?? [] },
  );
  let failed: string | undefined;
  const before = (call: number, name: string): number | undefined => {
    if (call !== setup.failAt) return undefined;
    failed = name;
    return 999;
  };
  const native = fakeNative([library], { before });
  const world: FakeWorld = fakeWorld({ files: DRIVER, env: setup.env ?? {}, native });
  const found = await openGpus({ world });
  const run = (sensor: Sensor, seconds: number) => {
    for (let tenth = 0; tenth < seconds * 10; tenth++) {
      world.clock.advance(0.1);
      sensor.sample(world.clock.now());
    }
    return sensor.sample(world.clock.now());
  };
  return { ...found, world, library, native, run, failed: () => failed };
}

/** A board that draws `watts`, with a counter renewed each 100 ms. */
const steady = (world: () => FakeWorld, watts: number, more: Partial<FakeBoard> = {}): FakeBoard => ({
  uuid: "GPU-1", name: "NVIDIA A100", limitMw: 400_000, architecture: 7,
  energyMj: () => 5_000 + Math.floor(world().clock.now() * 10 + 1e-6) * 100 * watts, ...more,
}); // biome-ignore format: one record
const notesOf = ({ sensors }: Pick<Found, "sensors">): string =>
  sensors.flatMap((each) => each.notes()).join("; ");

test("each board is a sensor of its own, named by index and model", async () => {
  const { sensors, run } = await open((world) => [
    steady(world, 50),
    steady(world, 70, { uuid: "GPU-2", name: "NVIDIA T4" }),
  ]);
  expect(sensors.map((each) => each.source)).toEqual([
    "NVML energy counter of GPU 0 (NVIDIA A100)",
    "NVML energy counter of GPU 1 (NVIDIA T4)",
  ]);
  expect(run(sensors[1]!, 10).joules).toBeCloseTo(700, -1);
});

test("a GPU without a counter is integrated from its power and never reads 0", async () => {
  const powers = { energyMj: undefined, powerMw: () => 120_000, architecture: 4, name: "Tesla P100" };
  const { sensors, run } = await open((world) => [
    { ...steady(world, 0), ...powers } as unknown as FakeBoard,
  ]);
  expect([sensors[0]?.method, sensors[0]?.source]).toEqual([
    "integrated",
    "NVML power, integrated, of GPU 0 (Tesla P100)",
  ]);
  expect(run(sensors[0]!, 10).joules).toBeCloseTo(1_200, 6);
});

test("a counter that reads 0 does not count: its board is integrated", async () => {
  const { sensors, run } = await open((world) => [
    steady(world, 0, { energyMj: () => 0, instantMw: () => 80_000 }),
  ]);
  expect(sensors[0]?.method).toBe("integrated");
  expect(run(sensors[0]!, 2).joules).toBeCloseTo(160, 6);
});

test("a counter that stands still is not covered, so that it cannot be taken for 0 J", async () => {
  const { sensors, run } = await open((world) => [steady(world, 0, { energyMj: () => 777 })]);
  const { joules, coveredS } = run(sensors[0]!, 30);
  expect([joules, coveredS]).toEqual([0, expect.closeTo(2, 6)]);
  expect(notesOf({ sensors })).toContain("stands still");
});

test("a counter that freezes under load goes on for no more than two updates", async () => {
  let frozenS = Number.POSITIVE_INFINITY;
  const { sensors, run, world } = await open((at) => {
    const moving = (nowS: number): number => 5_000 + Math.floor(nowS * 10 + 1e-6) * 100 * 400;
    return [steady(at, 0, { energyMj: () => moving(Math.min(frozenS, at().clock.now())) })];
  });
  run(sensors[0]!, 5);
  frozenS = world.clock.now();
  expect(run(sensors[0]!, 30).joules).toBeLessThanOrEqual(400 * 5.2);
});

test("a gap without polls is no disagreement of counter and power", async () => {
  const { sensors, run, world } = await open((at) => [steady(at, 100, { instantMw: () => 100_000 })]);
  run(sensors[0]!, 5);
  const busy = world.clock.now() + 20;
  // A program that blocks its thread: time passes, no timer fires.
  world.clock.now = () => busy;
  const { joules, doubtJ } = sensors[0]!.sample(busy);
  expect(joules).toBeGreaterThan(2_400);
  expect(doubtJ).toBeUndefined();
  expect(notesOf({ sensors })).toBe("");
});

test("counter and power that disagree are said, and the interval holds both", async () => {
  const { sensors, run } = await open((world) => [steady(world, 37, { instantMw: () => 65_000 })]);
  const { joules, doubtJ } = run(sensors[0]!, 20);
  expect(joules + doubtJ!).toBeGreaterThan(65 * 19.5);
  expect(notesOf({ sensors })).toMatch(/1\.7\d times/);
});

test("a reset counter, as after a reload of the driver, loses what it held and says so", async () => {
  let offset = 0;
  const { sensors, run } = await open((world) => {
    const { energyMj, ...board } = steady(world, 50);
    return [{ ...board, energyMj: () => energyMj!() - offset }];
  });
  run(sensors[0]!, 100);
  offset = 5_000 + 50_000 * 100;
  const { joules } = run(sensors[0]!, 10);
  expect(joules).toBeGreaterThan(5_400);
  expect(joules).toBeLessThanOrEqual(5_510);
  expect(notesOf({ sensors })).toContain("reset");
});

test("a GPU that falls off the bus keeps what it counted, is not read again, and says what helps", async () => {
  let code = 0;
  const { sensors, run, native, library } = await open((world) => [steady(world, 50, { code: () => code })]);
  const before = run(sensors[0]!, 10);
  code = 15;
  const after = run(sensors[0]!, 1);
  expect(after).toEqual(before);
  expect(notesOf({ sensors })).toMatch(/fallen off the bus.*nothing is counted from now on.*reset/);
  const calls = native.calls();
  code = 0;
  run(sensors[0]!, 10);
  expect(native.calls()).toBe(calls);
  sensors[0]!.close!();
  expect(library.users()).toBe(0);
});

test("one broken board does not take the others with it", async () => {
  const { sensors, unavailable } = await open((world) => [
    steady(world, 50, { code: () => 15 }),
    steady(world, 50, { uuid: "GPU-2" }),
  ]);
  expect(sensors).toHaveLength(1);
  expect(unavailable).toEqual([
    expect.objectContaining({ source: "NVIDIA GPU 0", remedy: expect.stringContaining("reset") }),
  ]);
});

test("CUDA_VISIBLE_DEVICES chooses the boards; hidden ones are mentioned", async () => {
  const boards = (world: () => FakeWorld) => [steady(world, 50), steady(world, 70, { uuid: "GPU-2" })];
  const one = await open(boards, { env: { CUDA_VISIBLE_DEVICES: "1" } });
  expect(one.sensors.map((each) => each.source)).toEqual(["NVML energy counter of GPU 1 (NVIDIA A100)"]);
  expect(notesOf(one)).toContain("hides 1 other");
  const none = await open(boards, { env: { CUDA_VISIBLE_DEVICES: "" } });
  expect(none.sensors).toEqual([]);
  expect(none.unavailable[0]?.reason).toContain("shows none of 2");
  expect(none.library.users()).toBe(0);
});

test("a MIG instance is read as the whole board that it is a part of, and says that it is shared", async () => {
  const partitioned = (world: () => FakeWorld) => [
    steady(world, 50),
    steady(world, 70, { uuid: "GPU-2", instances: ["MIG-1", "MIG-2"], processes: () => [] }),
  ];
  const { sensors } = await open(partitioned, { env: { CUDA_VISIBLE_DEVICES: "MIG-2" } });
  expect(sensors).toHaveLength(1);
  expect(sensors[0]).toMatchObject({
    boundary: "machine",
    source: "NVML energy counter of GPU 1 (NVIDIA A100), the whole board of MIG-2",
  });
  expect(notesOf({ sensors })).toContain("shared with its other instances");
  expect(sensors[0]).not.toHaveProperty("use");
  expect(notesOf(await open(partitioned))).toContain("partitioned (MIG)");
});

test("time on the multiprocessors is told by process, from the opening on", async () => {
  let stamp = 1_000;
  const { sensors, world } = await open((at) => [
    steady(at, 50, {
      processes: () => [
        { pid: 11, stamp, sm: 60 },
        { pid: 12, stamp, sm: 20 },
      ],
    }),
  ]);
  const use = sensors[0]!.use!;
  expect(use(world.clock.now())).toEqual({ busyS: 0, byProcess: new Map([[11, 0], [12, 0]]) }); // biome-ignore format: short
  world.clock.advance(2);
  stamp = 2_000;
  expect(use(world.clock.now())?.busyS).toBeCloseTo(1.6, 9);
  // Idle since: NVML has no newer sample.
  world.clock.advance(5);
  const { busyS, byProcess } = use(world.clock.now())!;
  expect([busyS, byProcess.get(11), byProcess.get(12)]).toEqual([
    expect.closeTo(1.6, 9),
    expect.closeTo(1.2, 9),
    expect.closeTo(0.4, 9),
  ]);
});

test("the meter splits the energy of a GPU into idle, this process tree and others", async () => {
  const world: FakeWorld = fakeWorld({
    files: DRIVER,
    native: fakeNative([
      fakeNvml([
        steady(() => world, 200, {
          processes: () => {
            const stamp = Math.floor(1e6 * world.clock.now()) + 1;
            return [
              { pid: world.processes.pid, stamp, sm: 60 },
              { pid: 77, stamp, sm: 20 },
            ];
          },
        }),
      ]),
    ]),
  });
  const meter = await openMeter(world, { idle: () => ({ watts: within(40, 0.1), from: "known" }) });
  world.clock.advance(20);
  const gpu = (await meter.close()).whole.readings.find((each) => each.component === "gpu");
  if (gpu?.kind !== "available") throw new Error("no GPU reading");
  const lines = Object.fromEntries(gpu.split!.lines.map(({ owner, joules }) => [owner, joules.value]));
  expect(gpu.joules.value).toBeCloseTo(4_000, -2);
  expect(lines["idle"]).toBeCloseTo(800, 0);
  expect(lines["process-tree"]! / lines["others"]!).toBeCloseTo(3, 0);
  expect(gpu.split!.rule).toContain("the device's busy time");
});

test("a board that does not tell its processes has no use, and keeps counting", async () => {
  const { sensors, run, world } = await open((at) => [steady(at, 50)]);
  expect(sensors[0]!.use!(world.clock.now())).toBeUndefined();
  expect(run(sensors[0]!, 5).joules).toBeGreaterThan(200);
});

test("old libraries lack functions: what is left is used", async () => {
  const missing = [
    "nvmlDeviceGetArchitecture",
    "nvmlDeviceGetMigMode",
    "nvmlDeviceGetProcessUtilization",
    "nvmlDeviceGetTotalEnergyConsumption",
    "nvmlDeviceGetFieldValues",
  ];
  const { sensors } = await open((world) => [steady(world, 50, { powerMw: () => 50_000 })], { missing });
  expect(sensors.map((each) => each.method)).toEqual(["integrated"]);
  expect((await open((world) => [steady(world, 50)], { missing: ["nvmlInit_v2"] })).unavailable).toHaveLength(
    1,
  );
});

test("NVML is left when the last of its sensors is closed, once", async () => {
  const { sensors, library } = await open((world) => [
    steady(world, 50),
    steady(world, 50, { uuid: "GPU-2" }),
  ]);
  sensors[0]!.close!();
  sensors[0]!.close!();
  expect(library.users()).toBe(1);
  sensors[1]!.close!();
  expect(library.users()).toBe(0);
});

test("native calls that do not work at all are said with their own remedy", async () => {
  const broken = { reason: "native calls do not work here", remedy: "npm install --include=optional" };
  const world = fakeWorld({ files: DRIVER, native: fakeNative([], { broken }) });
  expect((await openGpus({ world })).unavailable).toEqual([
    expect.objectContaining({ reason: broken.reason, remedy: broken.remedy }),
  ]);
});

test("without any sign of a GPU nothing is loaded and nothing is said; on Windows the library is the only sign", async () => {
  const native = {
    open: () => {
      throw new Error("loaded");
    },
  };
  expect(await openGpus({ world: fakeWorld({ native }) })).toEqual({ sensors: [], unavailable: [] });
  const windows = (initCode: number, name = "C:\\Windows\\System32\\nvml.dll") =>
    fakeWorld({ machine: { os: "win32" }, native: fakeNative([fakeNvml([], { name, initCode })]) });
  expect(await openGpus({ world: windows(9) })).toEqual({ sensors: [], unavailable: [] });
  expect(await openGpus({ world: windows(0, "other.dll") })).toEqual({ sensors: [], unavailable: [] });
  expect((await openGpus({ world: windows(4) })).unavailable).toHaveLength(1);
});

test("whichever native call of two boards fails, each is counted or says why, and NVML is left", async () => {
  for (let failAt = 1; failAt <= 60; failAt++) {
    const { sensors, unavailable, library, run, failed } = await open(
      (world) => [steady(world, 50, { instantMw: () => 50_000 }), steady(world, 50, { uuid: "GPU-2" })],
      { failAt },
    );
    expect(sensors.length + unavailable.length).toBeGreaterThanOrEqual(1);
    for (const each of unavailable) expect(each.reason && each.remedy).toBeTruthy();
    for (const sensor of sensors) expect(run(sensor, 0.5).joules).toBeGreaterThan(5);
    for (const sensor of sensors) sensor.close!();
    expect(library.users()).toBe(failed() === "nvmlShutdown" ? 1 : 0);
  }
});
