/** Windows' energy meters through the suite that every sensor passes, on simulated devices: no Windows machine was at hand. */
import { expect, test } from "vitest";
import { type FakeMeter, fakeEmi } from "../../../test/support/fake-emi.ts";
import { fakeNative } from "../../../test/support/fake-native.ts";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { openSensors } from "../open-sensors.ts";

const WINDOWS = { os: "win32" };
const PICOWATT_HOURS_PER_JOULE = 1 / 3.6e-9;

function emiRig(component: "cpu" | "ram", version: 1 | 2, options?: { readonly failAt?: number }): SensorRig {
  let joules = 1_000;
  let broken = false;
  const energy = () => joules * PICOWATT_HOURS_PER_JOULE;
  const name = component === "cpu" ? "RAPL_Package0_PKG" : "RAPL_Package0_DRAM";
  const channels: FakeMeter["channels"] =
    version === 1 ? { [name]: energy } : { RAPL_Package0_PP0: () => energy() / 2, [name]: energy };
  const emi = fakeEmi([{ version, channels, error: () => (broken ? 31 : 0) }]);
  const native = fakeNative(emi.libraries, {
    before: (call, called) => (call === options?.failAt && called === "DeviceIoControl" ? 0 : undefined),
  });
  const world = fakeWorld({ native, machine: WINDOWS });
  return {
    open: () => openSensors(world),
    now: () => world.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      joules += watts * seconds;
      world.clock.advance(seconds);
    },
  };
}

const opening = (meters: readonly FakeMeter[]) => () =>
  openSensors(fakeWorld({ native: fakeNative(fakeEmi(meters).libraries), machine: WINDOWS }));
const PKG = { RAPL_Package0_PKG: () => 5e12 };

sensorSuite("Windows EMI package", {
  component: "cpu",
  boundary: "machine",
  method: "counter",
  rig: (options) => emiRig("cpu", 2, options),
  unavailable: {
    "a Windows without energy meters": opening([]),
    "a meter that this user may not open": opening([{ version: 2, channels: PKG, openError: 5 }]),
    "a meter that does not work": opening([{ version: 2, channels: PKG, error: () => 31 }]),
    "a meter of a version to come": opening([{ version: 3, channels: PKG }]),
    "counters that nobody knows": opening([{ version: 2, channels: { VDDCR_SOC: () => 5e12 } }]),
    "a system whose library is not Windows'": () => openSensors(fakeWorld({ machine: WINDOWS })),
  },
});

sensorSuite("Windows EMI memory", {
  component: "ram",
  boundary: "machine",
  method: "counter",
  rig: (options) => emiRig("ram", 2, options),
});

sensorSuite("Windows EMI of version 1", {
  component: "cpu",
  boundary: "machine",
  method: "counter",
  rig: (options) => emiRig("cpu", 1, options),
});

const sourcesOf = async (meters: readonly FakeMeter[]) => {
  const emi = fakeEmi(meters);
  const { sensors } = await openSensors(fakeWorld({ native: fakeNative(emi.libraries), machine: WINDOWS }));
  const counters = sensors.filter(({ method }) => method === "counter");
  const told = counters.map(({ component, source }) => `${component} ${source}`);
  expect(emi.open()).toBe(counters.length > 0 ? meters.length : 0);
  for (const sensor of sensors) sensor.close?.();
  expect(emi.open()).toBe(0);
  return told;
};

test("packages are added up, domains inside them are not, and a memory counter that never counts is none", async () => {
  const zero = () => 0;
  const some = () => 5e12;
  expect(
    await sourcesOf([
      {
        version: 2,
        channels: {
          RAPL_Package0_PKG: some,
          RAPL_Package0_PP0: some,
          RAPL_Package0_PP1: some,
          RAPL_Package0_DRAM: zero,
        },
      },
      { version: 2, channels: { RAPL_Package1_PKG: some } },
    ]),
  ).toEqual(["cpu Energy Meter Interface: RAPL_Package0_PKG + RAPL_Package1_PKG"]);
});

test("of AMD's rails the socket counts, which contains the others", async () => {
  const some = () => 5e12;
  const channels = {
    "VDDCR_VDD Power": some,
    "VDDCR_SOC Power": some,
    "Current Socket Power": some,
    "Apu Power": some,
  };
  expect(await sourcesOf([{ version: 2, channels }])).toEqual([
    "cpu Energy Meter Interface: Current Socket Power",
  ]);
});

test("one meter of several that refuses takes nothing from the others; handles are closed after every failure", async () => {
  expect(await sourcesOf([{ version: 2, channels: PKG }])).toHaveLength(1);
  const emi = fakeEmi([
    { version: 2, channels: PKG, openError: 5 },
    { version: 2, channels: { RAPL_Package1_PKG: () => 5e12 } },
  ]);
  const { sensors } = await openSensors(fakeWorld({ native: fakeNative(emi.libraries), machine: WINDOWS }));
  expect(sensors.some(({ source }) => source.includes("RAPL_Package1_PKG"))).toBe(true);
  for (const sensor of sensors) sensor.close?.();
  expect(emi.open()).toBe(0);
});

test("a counter that starts again after sleep gives nothing back, and says what is lost", async () => {
  let joules = 1_000;
  const emi = fakeEmi([
    { version: 2, channels: { RAPL_Package0_PKG: () => joules * PICOWATT_HOURS_PER_JOULE } },
  ]);
  const world = fakeWorld({ native: fakeNative(emi.libraries), machine: WINDOWS });
  const { sensors } = await openSensors(world);
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  world.clock.advance(1);
  joules = 3;
  expect(cpu.sample(world.clock.now()).joules).toBeCloseTo(3, 3);
  expect(cpu.notes().join()).toContain("reset");
});
