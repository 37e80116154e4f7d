import { expect, test } from "vitest";
import { type FakeOptions, fakeWorld, SystemError } from "../../test/support/fake-world.ts";
import { openSensors } from "./open-sensors.ts";
import { findPowercapZones } from "./powercap-zones.ts";

const ROOT = "/sys/class/powercap";
const RANGE = 262_143_328_850;
const zone = (id: string, name: string, uj: number | string = 0): Record<string, string> => ({
  [`${ROOT}/${id}/name`]: `${name}\n`,
  [`${ROOT}/${id}/energy_uj`]: `${uj}\n`,
  [`${ROOT}/${id}/max_energy_range_uj`]: `${RANGE}\n`,
});
const laptop = {
  ...zone("intel-rapl:0", "package-0", 5_000_000),
  ...zone("intel-rapl:0:0", "core"),
  ...zone("intel-rapl:0:1", "uncore"),
  ...zone("intel-rapl:0:2", "dram", 1_000_000),
  ...zone("intel-rapl:1", "psys"),
  ...zone("intel-rapl-mmio:0", "package-0"),
};

async function open(files: Record<string, string>, options: FakeOptions = {}) {
  const world = fakeWorld({ files, ...options });
  const put = (id: string, uj: number | string): void =>
    void world.stored.set(`${ROOT}/${id}/energy_uj`, new TextEncoder().encode(`${uj}\n`));
  return { ...(await openSensors(world)), world, put };
}

test("only packages and their memory count: no psys, no core, no package twice", () => {
  const { packages, dram } = findPowercapZones(fakeWorld({ files: laptop }).files, ROOT);
  expect(packages.map((each) => each.counterPath)).toEqual([`${ROOT}/intel-rapl:0/energy_uj`]);
  expect(dram.map((each) => each.name)).toEqual(["package-0 dram"]);
});

test("two sockets and two dies are separate packages with their own memory", () => {
  const files = {
    ...zone("intel-rapl:0", "package-0-die-0"),
    ...zone("intel-rapl:0:0", "dram"),
    ...zone("intel-rapl:1", "package-0-die-1"),
    ...zone("intel-rapl:1:0", "dram"),
  };
  const { packages, dram } = findPowercapZones(fakeWorld({ files }).files, ROOT);
  expect([packages.length, dram.length]).toEqual([2, 2]);
});

test("dies that mirror one counter of their package are counted once, and a note says so", async () => {
  const dies = (first: number, second: number) => ({
    ...zone("intel-rapl:0", "package-0-die-0", first),
    ...zone("intel-rapl:1", "package-0-die-1", second),
    ...zone("intel-rapl:2", "package-1-die-0", first),
  });
  const mirrored = await open(dies(40_000_000_000, 40_000_120_000));
  for (const id of ["0", "1", "2"]) mirrored.put(`intel-rapl:${id}`, 40_068_000_000);
  expect(mirrored.sensors[0]?.sample(1).joules).toBeCloseTo(2 * 68, 6);
  expect(mirrored.sensors[0]?.notes()).toEqual([
    "package-0-die-1 shows the same counter as package-0-die-0 and is not added",
  ]);
  const apart = await open(dies(40_000_000_000, 90_000_000_000));
  for (const [id, uj] of [
    ["0", 40_010_000_000],
    ["1", 90_020_000_000],
    ["2", 40_010_000_000],
  ] as const)
    apart.put(`intel-rapl:${id}`, uj);
  expect(apart.sensors[0]?.sample(1).joules).toBeCloseTo(40, 6);
});

test("power models of the kernel and the platform's counter are no packages", async () => {
  const { sensors } = await open({ ...zone("dtpm:0", "package", 7), ...zone("intel-rapl:0", "psys", 7) });
  expect(sensors.map((each) => each.method)).toEqual(["modelled", "modelled"]);
});

test("a sleep takes the counter's power: what came before the reset is lost, said and not covered", async () => {
  const { sensors, put, world } = await open({
    ...zone("intel-rapl:0", "package-0", RANGE - 3_000_000),
    "/proc/uptime": "1000.00 1.00",
  });
  world.stored.set("/proc/uptime", new TextEncoder().encode("5001.00 1.00"));
  put("intel-rapl:0", 2_000_000);
  // Not a wrap of 5 J: the counter began again at 0.
  expect(sensors[0]?.sample(1)).toEqual({ joules: 2, coveredS: 0 });
  expect(sensors[0]?.notes().join()).toContain("slept");
  world.stored.set("/proc/uptime", new TextEncoder().encode("5002.00 1.00"));
  put("intel-rapl:0", 12_000_000);
  expect(sensors[0]?.sample(2)).toEqual({ joules: 12, coveredS: 1 });
});

test("a window shorter than the counter's renewal is known to within one", async () => {
  const [cpu] = (await open(laptop)).sensors;
  const short = cpu!.interval(0.02, 0.001);
  expect(short.high - short.value).toBeCloseTo(0.0155, 3);
  expect(short.low).toBeLessThan(0.005);
  expect(cpu!.interval(0, 0.0005).high).toBe(1);
  const long = cpu!.interval(200, 10);
  expect(long.high - long.value).toBeCloseTo(10, 1);
});

test("memory zones inside the package folder are found as well", () => {
  const files = { ...zone("intel-rapl:0", "package-0"), ...zone("intel-rapl:0/intel-rapl:0:1", "dram") };
  expect(findPowercapZones(fakeWorld({ files }).files, ROOT).dram).toHaveLength(1);
});

test("counters replace the models of their components, and count in joules", async () => {
  const { sensors, put } = await open(laptop);
  expect(sensors.map((each) => [each.component, each.method, each.boundary])).toEqual([
    ["cpu", "counter", "machine"],
    ["ram", "counter", "machine"],
  ]);
  put("intel-rapl:0", 25_000_000);
  expect(sensors[0]?.sample(1)).toEqual({ joules: 20, coveredS: 1 });
});

test("a counter that passes its top counts on", async () => {
  const { sensors, put } = await open({ ...laptop, ...zone("intel-rapl:0", "package-0", RANGE - 2_000_000) });
  put("intel-rapl:0", 3_000_000);
  expect(sensors[0]?.sample(1)).toEqual({ joules: 5, coveredS: 1 });
});

test("a reset and a gap longer than a round are said and not covered", async () => {
  const { sensors, put } = await open({ ...laptop, ...zone("intel-rapl:0", "package-0", 90_000_000_000) });
  put("intel-rapl:0", 1_000_000);
  expect(sensors[0]?.sample(1)).toEqual({ joules: 1, coveredS: 0 });
  put("intel-rapl:0", 2_000_000);
  expect(sensors[0]?.sample(1_001)).toEqual({ joules: 2, coveredS: 0 });
  expect(sensors[0]?.notes().join()).toMatch(/reset.*without a sample/);
});

test.each(["", "abc", "-5", "NaN", "9999999999999999"])(
  "the value %j is a failed sample, made up for later",
  async (text) => {
    const { sensors, put } = await open(laptop);
    put("intel-rapl:0", text);
    expect(sensors[0]?.sample(1)).toEqual({ joules: 0, coveredS: 0 });
    expect(sensors[0]?.notes().join()).toContain("failed");
    put("intel-rapl:0", 15_000_000);
    expect(sensors[0]?.sample(2)).toEqual({ joules: 10, coveredS: 2 });
  },
);

test("counters that only root may read are unavailable with the command that helps, and the model takes over", async () => {
  const world = fakeWorld({ files: laptop });
  const readTextSync = (path: string): string => {
    if (path.endsWith("energy_uj")) throw new SystemError("EACCES", path);
    return world.files.readTextSync(path);
  };
  const { sensors, unavailable } = await openSensors({ ...world, files: { ...world.files, readTextSync } });
  expect(sensors.map((each) => each.method)).toEqual(["modelled", "modelled"]);
  expect(unavailable.map((each) => each.component)).toEqual(["cpu", "ram"]);
  expect(unavailable[0]).toMatchObject({
    reason: expect.stringContaining("root only"),
    remedy: expect.stringContaining("chmod"),
  });
});

test.each([
  ["counters", laptop],
  ["models", {}],
])(
  "%s: wherever a read fails, sensors open or say why, never throw and never go back",
  async (_name, files) => {
    for (let call = 1; call <= 60; call++) {
      const { sensors, unavailable } = await open(files, { failAt: { call, code: "EIO" } });
      expect(sensors.map((each) => each.component)).toEqual(expect.arrayContaining(["cpu", "ram"]));
      for (const each of unavailable) expect(each.reason && each.remedy).toBeTruthy();
      for (const sensor of sensors) {
        let last = { joules: 0, coveredS: 0 };
        for (const now of [1, 2, 3]) {
          const next = sensor.sample(now);
          expect(next.joules).toBeGreaterThanOrEqual(last.joules);
          expect(next.coveredS).toBeGreaterThanOrEqual(last.coveredS);
          last = next;
        }
      }
    }
  },
);
