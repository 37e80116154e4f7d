/** The sensors of this room through the suite that every sensor passes. */
import { type FakeWorld, fakeWorld, SystemError } from "../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../test/support/sensor-suite.ts";
import { openSensors } from "./open-sensors.ts";

const ROOT = "/sys/class/powercap";
const RANGE_UJ = 262_143_328_850;
const zone = (id: string, name: string, uj: number): Record<string, string> => ({
  [`${ROOT}/${id}/name`]: `${name}\n`,
  [`${ROOT}/${id}/energy_uj`]: `${uj}\n`,
  [`${ROOT}/${id}/max_energy_range_uj`]: `${RANGE_UJ}\n`,
});

/** A fake world whose reads can be broken as a whole. */
function breakable(world: FakeWorld): { readonly world: FakeWorld; breakReads(broken: boolean): void } {
  let broken = false;
  const guard = <A extends unknown[], R>(read: (...args: A) => R) => {
    return (...args: A): R => {
      if (broken) throw new SystemError("EIO", String(args[0]));
      return read(...args);
    };
  };
  const files = {
    ...world.files,
    readTextSync: guard(world.files.readTextSync),
    listSync: guard(world.files.listSync),
  };
  const machine = {
    ...world.machine,
    processCpuSeconds: guard(() => world.machine.processCpuSeconds()),
    residentBytes: guard(() => world.machine.residentBytes()),
  };
  return {
    world: { ...world, files, machine },
    breakReads: (now) => {
      broken = now;
    },
  };
}

const failing = (options?: { readonly failAt?: number }) =>
  options?.failAt === undefined ? {} : { failAt: { call: options.failAt, code: "EIO" } };

/** One package near the top of its counter, so that it wraps in the suite. */
function powercapRig(options?: { readonly failAt?: number }): SensorRig {
  let uj = RANGE_UJ - 50_000_000;
  const fake = fakeWorld({ files: zone("intel-rapl:0", "package-0", uj), ...failing(options) });
  const { world, breakReads } = breakable(fake);
  return {
    open: () => openSensors(world),
    now: () => fake.clock.now(),
    breakReads,
    draw(watts, seconds) {
      uj = (uj + watts * seconds * 1e6) % RANGE_UJ;
      fake.stored.set(`${ROOT}/intel-rapl:0/energy_uj`, new TextEncoder().encode(`${Math.floor(uj)}\n`));
      fake.clock.advance(seconds);
    },
  };
}

sensorSuite("powercap package", {
  component: "cpu",
  boundary: "machine",
  method: "counter",
  rig: powercapRig,
  unavailable: {
    "no powercap": () => openSensors(fakeWorld()),
    "a powercap without packages": () => openSensors(fakeWorld({ files: zone("intel-rapl:0", "psys", 1) })),
    "a counter that holds no number": () =>
      openSensors(
        fakeWorld({
          files: { ...zone("intel-rapl:0", "package-0", 1), [`${ROOT}/intel-rapl:0/energy_uj`]: "x" },
        }),
      ),
  },
});

const WATTS_PER_THREAD = 5;

sensorSuite("CPU seconds × watts", {
  component: "cpu",
  boundary: "process-tree",
  method: "modelled",
  rig(options) {
    let cpuS = 0;
    const fake = fakeWorld({
      env: { FRUGAL_CPU_WATTS: String(WATTS_PER_THREAD) },
      machine: { processCpuSeconds: () => cpuS },
      ...failing(options),
    });
    const { world, breakReads } = breakable(fake);
    return {
      open: () => openSensors(world),
      now: () => fake.clock.now(),
      breakReads,
      draw(watts, seconds) {
        cpuS += (watts / WATTS_PER_THREAD) * seconds;
        fake.clock.advance(seconds);
      },
    };
  },
});

/** As in memory-model.ts: the rig draws watts by holding this much memory. */
const BYTES_PER_WATT = 1e9 / 0.392;

sensorSuite("resident memory × watts", {
  component: "ram",
  boundary: "process-tree",
  method: "modelled",
  watts: 2,
  rig(options) {
    let residentB = 2 * BYTES_PER_WATT;
    const fake = fakeWorld({ machine: { residentBytes: () => residentB }, ...failing(options) });
    const { world, breakReads } = breakable(fake);
    return {
      open: () => openSensors(world),
      now: () => fake.clock.now(),
      breakReads,
      draw(watts, seconds) {
        residentB = watts * BYTES_PER_WATT;
        fake.clock.advance(seconds);
      },
    };
  },
});
