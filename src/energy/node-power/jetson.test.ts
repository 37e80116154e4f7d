/** Jetson modules through the suite that every sensor passes, on simulated sysfs trees: no module was at hand. */
import { expect, test } from "vitest";
import { fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { openSensors } from "../open-sensors.ts";
import { jetsonRails } from "./jetson.ts";

const HWMON = "/sys/class/hwmon/hwmon3";
const TEGRA = { "/proc/device-tree/compatible": "nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0" };
const VOLTS = 5;

/** Orin NX and Nano: module input, all processors, the rest. */
const orin = (watts: number): Record<string, string> => ({
  ...TEGRA,
  [`${HWMON}/name`]: "ina3221\n",
  ...Object.fromEntries(
    ["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"].flatMap((label, index) => [
      [`${HWMON}/in${index + 1}_label`, `${label}\n`],
      [`${HWMON}/in${index + 1}_input`, `${1_000 * VOLTS}\n`],
      [`${HWMON}/curr${index + 1}_input`, `${Math.round((1_000 * watts) / VOLTS)}\n`],
    ]),
  ),
});

function orinRig(options?: { readonly failAt?: number }): SensorRig {
  const world = fakeWorld({
    files: orin(20),
    ...(options?.failAt !== undefined && { failAt: { call: options.failAt, code: "EIO" } }),
  });
  let broken = false;
  const readTextSync = (path: string): string => {
    if (broken) throw new SystemError("EIO", path);
    return world.files.readTextSync(path);
  };
  return {
    open: () => openSensors({ ...world, files: { ...world.files, readTextSync } }),
    now: () => world.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      for (const [path, text] of Object.entries(orin(watts)))
        world.stored.set(path, new TextEncoder().encode(text));
      world.clock.advance(seconds);
    },
  };
}

for (const component of ["node", "cpu"] as const) {
  sensorSuite(`Jetson Orin NX: ${component}`, {
    component,
    boundary: "machine",
    method: "integrated",
    tolerance: 0.05,
    rig: orinRig,
    ...(component === "node" && {
      unavailable: {
        "a rail that holds no number": () =>
          openSensors(fakeWorld({ files: { ...orin(5), [`${HWMON}/curr1_input`]: "x" } })),
      },
    }),
  });
}

const labels = (files: Record<string, string>) =>
  jetsonRails(fakeWorld({ files }).files).map(({ label, component, readW }) => [label, component, readW()]);

test("rails that feed several parts say so, and the module's input is not the carrier board's", () => {
  const rails = jetsonRails(fakeWorld({ files: orin(10) }).files);
  expect(rails.map(({ label, doubts }) => [label, doubts.join()])).toEqual([
    ["VDD_IN", expect.stringContaining("carrier board")],
    ["VDD_CPU_GPU_CV", expect.stringContaining("all of them")],
  ]);
});

test("JetPack 4 shows its rails by NVIDIA's own driver, in milliwatts", () => {
  const device = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0";
  const files = {
    ...TEGRA,
    [`${device}/rail_name_0`]: "POM_5V_IN\n",
    [`${device}/in_power0_input`]: "2500\n",
    [`${device}/rail_name_1`]: "POM_5V_GPU\n",
    [`${device}/in_power1_input`]: "400\n",
  };
  expect(labels(files)).toEqual([
    ["POM_5V_IN", "node", expect.closeTo(2.5, 9)],
    ["POM_5V_GPU", "gpu", expect.closeTo(0.4, 9)],
  ]);
});

test("the same monitor on another board is nobody's rail", () => {
  const { "/proc/device-tree/compatible": _, ...files } = orin(10);
  expect(labels(files)).toEqual([]);
});
