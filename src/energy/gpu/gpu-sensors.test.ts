/** GPU sensors through the suite that every sensor passes, on simulated boards behind a fake NVML and a fake sysfs. */
import { fakeNative } from "../../../test/support/fake-native.ts";
import { type FakeBoard, fakeNvml } from "../../../test/support/fake-nvml.ts";
import { fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import {
  type BoardKind,
  type SimulatedBoard,
  simulatedBoard,
} from "../../../test/support/simulated-board.ts";
import { openSensors } from "../open-sensors.ts";

const DRIVER = { "/proc/driver/nvidia/version": "NVRM version: 580.95.05" };
/** The readings lag behind the power that the suite switches on and off. */
const TOLERANCE = 0.05;

/** One second before the opening; the last step of a counter before it must not fall into the time after. */
function boardBefore(kind: "counter" | "power", facts: BoardKind): SimulatedBoard {
  const board = simulatedBoard(facts);
  board.draw(10, 0.8);
  board.draw(kind === "counter" ? 0 : 10, 0.2);
  return board;
}

function nvmlRig(kind: "counter" | "power", options?: { readonly failAt?: number }): SensorRig {
  const board = boardBefore(kind, { periodS: 0.1, seen: 1, phaseS: 0.03 });
  let broken = false;
  const milli = (read: SimulatedBoard["powerW"]) => () => Math.round(1_000 * read(1 + world.clock.now()));
  const fake: FakeBoard = {
    uuid: "GPU-1",
    name: "Simulated",
    ...(kind === "counter" ? { energyMj: milli(board.counterJ) } : { powerMw: milli(board.powerW) }),
  };
  const native = fakeNative([fakeNvml([fake])], {
    before: (call) => (broken || call === options?.failAt ? 999 : undefined),
  });
  const world = fakeWorld({ files: DRIVER, native });
  return {
    open: () => openSensors(world),
    now: () => world.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      board.draw(watts, seconds);
      world.clock.advance(seconds);
    },
  };
}

const opening =
  (board: Partial<FakeBoard> | undefined, initCode = 0) =>
  () => {
    const boards = board === undefined ? [] : [{ uuid: "GPU-1", name: "Simulated", ...board }];
    return openSensors(fakeWorld({ files: DRIVER, native: fakeNative([fakeNvml(boards, { initCode })]) }));
  };

sensorSuite("NVML energy counter", {
  component: "gpu",
  boundary: "machine",
  method: "counter",
  tolerance: TOLERANCE,
  rig: (options) => nvmlRig("counter", options),
  unavailable: {
    "a GPU without NVIDIA's library": () => openSensors(fakeWorld({ files: DRIVER })),
    "a library without a driver": opening({}, 9),
    "a driver and a library of different versions": opening({}, 18),
    "a user without permission": opening({}, 4),
    "a driver without GPUs": opening(undefined),
    "a GPU that has neither counter nor power": opening({}),
    "a GPU that has fallen off the bus": opening({ energyMj: () => 5, code: () => 15 }),
  },
});

sensorSuite("NVML power, integrated", {
  component: "gpu",
  boundary: "machine",
  method: "integrated",
  tolerance: TOLERANCE,
  rig: (options) => nvmlRig("power", options),
});

const PCI = "/sys/bus/pci/devices/0000:03:00.0";
const HWMON = `${PCI}/hwmon/hwmon2`;

function hwmonRig(kind: "counter" | "power", options?: { readonly failAt?: number }): SensorRig {
  const board = boardBefore(kind, { periodS: 0.05, seen: 1 });
  let broken = false;
  const file = kind === "counter" ? "energy1_input" : "power1_average";
  const fake = fakeWorld({
    files: {
      [`${PCI}/class`]: "0x030000\n",
      [`${PCI}/vendor`]: "0x1002\n",
      [`${HWMON}/name`]: "amdgpu\n",
      [`${HWMON}/${file}`]: "",
    },
    ...(options?.failAt !== undefined && { failAt: { call: options.failAt, code: "EIO" } }),
  });
  const readTextSync = (path: string): string => {
    if (broken) throw new SystemError("EIO", path);
    const text = fake.files.readTextSync(path);
    const atS = 1 + fake.clock.now();
    if (path.endsWith("energy1_input")) return `${Math.round(1e6 * board.counterJ(atS))}\n`;
    return path.endsWith("power1_average") ? `${Math.round(1e6 * board.powerW(atS))}\n` : text;
  };
  const world = { ...fake, files: { ...fake.files, readTextSync } };
  return {
    open: () => openSensors(world),
    now: () => fake.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      board.draw(watts, seconds);
      fake.clock.advance(seconds);
    },
  };
}

sensorSuite("hwmon power, integrated", {
  component: "gpu",
  boundary: "machine",
  method: "integrated",
  tolerance: TOLERANCE,
  rig: (options) => hwmonRig("power", options),
  unavailable: {
    "an AMD GPU without a driver": () =>
      openSensors(fakeWorld({ files: { [`${PCI}/class`]: "0x038000", [`${PCI}/vendor`]: "0x1002" } })),
  },
});

sensorSuite("hwmon energy counter", {
  component: "gpu",
  boundary: "machine",
  method: "counter",
  tolerance: TOLERANCE,
  rig: (options) => hwmonRig("counter", options),
});
