/** Calibrated readings through the suite that every sensor passes. */
import { fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { openSensors } from "../open-sensors.ts";
import { CALIBRATION_SCHEMA, type CalibrationBody } from "./calibration-fit.ts";
import { sealCalibration } from "./calibration-store.ts";

const ZONE = "/sys/class/powercap/intel-rapl:0";
const MACHINE = { hostname: "fake", cpu_model: "Fake CPU @ 2.00GHz", cpu_threads: 2 };
const COMMON = {
  schema: CALIBRATION_SCHEMA,
  created_at: "2025-12-01T00:00:00.000Z",
  frugal: "0.1.0",
  machine: MACHINE,
  error: {
    cross_validated_rms: 0.02,
    worst: 0.05,
    half_width: 0.06,
    r2: 0.99,
    windows: 40,
    blocks: ["idle", "integer"],
  },
} as const;
const METER = { name: "plug", accuracy: 0.01, lag_s: 0 };
const SLOPE = 1.25;
const BY_COUNTER: CalibrationBody = {
  ...COMMON, kind: "node", predictor: "sensed", parts: ["cpu counter powercap: package-0"],
  intercept_w: 0, slope: SLOPE, meter: METER, windows: [],
}; // biome-ignore format: one record
const BY_BUSY: CalibrationBody = {
  ...COMMON, kind: "node", predictor: "busy", parts: [], intercept_w: 0, slope: 40, meter: METER, windows: [],
}; // biome-ignore format: one record
const CURVE: CalibrationBody = {
  ...COMMON, kind: "load-curve", source: "powercap: package-0",
  points: [{ busy: 0, watts: 0 }, { busy: 1, watts: 40 }],
}; // biome-ignore format: one record
const fileOf = (body: CalibrationBody) => ({
  "/home/calibration/fit.json": JSON.stringify(sealCalibration(body)),
});
const ENV = { FRUGAL_HOME: "/home" };

/** `joulesOf`: what the hardware below counts for a joule of the reading. */
function rigOf(
  body: CalibrationBody,
  show: (joules: number) => Record<string, string>,
  options?: { readonly failAt?: number },
): SensorRig {
  let joules = 0;
  let broken = false;
  const fake = fakeWorld({
    files: { ...fileOf(body), ...show(0) },
    env: ENV,
    ...(options?.failAt !== undefined && { failAt: { call: options.failAt, code: "EIO" } }),
  });
  const guard = <A extends unknown[], R>(read: (...args: A) => R) => {
    return (...args: A): R => {
      if (broken) throw new SystemError("EIO", String(args[0]));
      return read(...args);
    };
  };
  const files = {
    ...fake.files,
    readTextSync: guard(fake.files.readTextSync),
    listSync: guard(fake.files.listSync),
  };
  const machine = { ...fake.machine, machineBusySeconds: guard((): number => Number.NaN) };
  return {
    open: () => openSensors({ ...fake, files, machine }),
    now: () => fake.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      joules += watts * seconds;
      for (const [path, text] of Object.entries(show(joules)))
        fake.stored.set(path, new TextEncoder().encode(text));
      fake.clock.advance(seconds);
    },
  };
}

const counter = (joules: number) => ({
  [`${ZONE}/name`]: "package-0\n",
  [`${ZONE}/max_energy_range_uj`]: "262143328850\n",
  [`${ZONE}/energy_uj`]: `${Math.floor((joules / SLOPE) * 1e6)}\n`,
});
/** 40 W when all of 2 threads are busy. */
const busyTime = (joules: number) => ({
  "/proc/stat": `cpu  ${((joules / 40) * 2 * 100).toFixed(6)} 0 0 9 0 0 0 0 0 0\ncpu0 0\ncpu1 0\n`,
});

const node = { component: "node", boundary: "machine", method: "modelled" } as const;

sensorSuite("node by a line over counters", {
  ...node,
  rig: (options) => rigOf(BY_COUNTER, counter, options),
  unavailable: {
    "a fit of another machine": () =>
      openSensors(
        fakeWorld({
          env: ENV,
          files: fileOf({ ...BY_COUNTER, machine: { ...MACHINE, cpu_model: "Other" } }),
        }),
      ),
    "a fit that is too old": () =>
      openSensors(
        fakeWorld({ env: ENV, files: fileOf({ ...BY_COUNTER, created_at: "2024-01-01T00:00:00.000Z" }) }),
      ),
    "counters that are not there": () => openSensors(fakeWorld({ env: ENV, files: fileOf(BY_COUNTER) })),
    "a damaged file": () =>
      openSensors(fakeWorld({ env: ENV, files: { "/home/calibration/fit.json": "{}" } })),
  },
});

sensorSuite("node by a line over busy time", {
  ...node,
  tolerance: 1e-3,
  rig: (options) => rigOf(BY_BUSY, busyTime, options),
});

sensorSuite("CPU by a learnt load curve", {
  component: "cpu",
  boundary: "machine",
  method: "modelled",
  tolerance: 1e-3,
  rig: (options) => rigOf(CURVE, busyTime, options),
  unavailable: {
    "a curve of another CPU": () =>
      openSensors(
        fakeWorld({ env: ENV, files: fileOf({ ...CURVE, machine: { ...MACHINE, cpu_model: "Other" } }) }),
      ),
    "a curve of a smaller machine": () =>
      openSensors(
        fakeWorld({ env: ENV, files: fileOf({ ...CURVE, machine: { ...MACHINE, cpu_threads: 1 } }) }),
      ),
  },
});
