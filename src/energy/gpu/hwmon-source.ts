import { messageOf, systemCode } from "../../core/error.ts";
import type { Found, Sensor, SensorWorld, Unavailable } from "../sensor.ts";
import { readMicro } from "../sysfs.ts";
import { type BoardFacts, boardSensor, type FirstRead, timedRead } from "./board.ts";
import { counterReader } from "./counter-reader.ts";
import type { GpuDevice } from "./gpu-devices.ts";
import { USUAL_PERIOD_S } from "./gpu-interval.ts";
import { type HwmonBoard, hwmonBoard } from "./hwmon-board.ts";
import { powerReader } from "./power-reader.ts";

/** We know of no comparison of these readings with a meter: wider than NVIDIA's (gpu-interval.ts), our choice. */
const GAIN = 0.15;
const USUAL_LIMIT_W = 700;
/** The firmware's averaging time is not documented; the usual update period stands for it. */
const AVERAGED_S = 0.1;
const LOAD_DRIVER = "load its driver (sudo modprobe amdgpu); in a virtual machine, read it on the host";

/** A board with what its files held when it was opened. */
interface Opened {
  readonly board: HwmonBoard;
  readonly energy: Reading | undefined;
  readonly power: Reading | undefined;
}

/** `value`: joules or watts. */
interface Reading extends FirstRead {
  readonly path: string;
}

/** AMD's and Intel's boards through Linux hwmon. Intel's GPUs inside the CPU show no power of their own. */
export function openHwmon(world: SensorWorld, devices: readonly GpuDevice[]): Found {
  const unavailable: Unavailable[] = [];
  const all: Opened[] = [];
  for (const device of devices) {
    if (device.maker === "NVIDIA") continue;
    const board = hwmonBoard(world.files, device);
    if (board === undefined && device.maker === "Intel") continue;
    try {
      if (board === undefined) throw new Error("no driver shows sensors for it");
      all.push(openBoard(world, board));
    } catch (thrown) {
      unavailable.push(because(device, thrown));
    }
  }
  const counting = all.filter((each) => !isSilent(each));
  for (const { board } of all.filter(isSilent)) {
    if (counting.some((each) => each.board.model === board.model)) continue;
    unavailable.push(because(board.device, new Error("its power and energy read 0, which no board draws")));
  }
  const sensors = counting.map((each) => {
    const dies = all.filter((other) => isSilent(other) && other.board.model === each.board.model).length;
    return boardOf(world, each, dies);
  });
  return { sensors, unavailable };
}

function openBoard(world: SensorWorld, board: HwmonBoard): Opened {
  if (board.isWithCpu)
    throw new Error("its reading contains the CPU, whose package counter contains this GPU in turn");
  const failures: unknown[] = [];
  const firstOf = (paths: readonly string[]): Reading | undefined => {
    for (const path of paths) {
      try {
        return {
          path,
          ...timedRead(world.clock, () => (board.isAsleep() ? 0 : readMicro(world.files, path))),
        };
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    return undefined;
  };
  const energy = firstOf(board.energyFile === undefined ? [] : [board.energyFile]);
  const power = firstOf(board.powerFiles);
  if (energy === undefined && power === undefined)
    throw failures[0] ?? new Error(`its driver ${board.driver} shows neither energy nor power`);
  return { board, energy, power };
}

/** Of two dies on one board the second reads 0 while the first reads the whole (AMD Instinct MI200). */
const isSilent = ({ board, energy, power }: Opened): boolean =>
  !board.isAsleep() && !(energy !== undefined && energy.value > 0) && power?.value === 0;

function boardOf(world: SensorWorld, { board, energy, power }: Opened, silentDies: number): Sensor {
  const limits = { gain: GAIN, mostW: board.mostW ?? USUAL_LIMIT_W, periodS: USUAL_PERIOD_S };
  const facts = ({ path }: Reading): BoardFacts => ({
    source: `${board.driver} hwmon: ${path.slice(path.lastIndexOf("/") + 1)} of ${board.device.maker} GPU ${board.device.address}`,
    remedy: `check that ${path} can be read: sudo chmod a+r ${path}`,
    doubts: [
      ...(silentDies > 0 ? ["other dies of this model read 0: the board's reading contains them"] : []),
      ...(board.isAsleep() ? ["while the board sleeps it is not woken, and counts as 0 W"] : []),
    ],
  });
  const readW = power && (() => (board.isAsleep() ? 0 : readMicro(world.files, power.path)));
  if (energy !== undefined && (energy.value > 0 || readW === undefined)) {
    let last = energy.value;
    const readJ = (): number => {
      if (!board.isAsleep()) last = readMicro(world.files, energy.path);
      return last;
    };
    const check = readW && { readW: () => optional(readW) };
    const reader = counterReader({ ...limits, averagedS: 0, readJ, ...check }, energy);
    return boardSensor(facts(energy), reader, { clock: world.clock, ...energy });
  }
  const reader = powerReader({ ...limits, readW: readW!, averagedS: AVERAGED_S }, power!);
  return boardSensor(facts(power!), reader, { clock: world.clock, ...power! });
}

function optional(read: () => number): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function because({ maker, address }: GpuDevice, thrown: unknown): Unavailable {
  const code = systemCode(thrown);
  const isDenied = code === "EACCES" || code === "EPERM";
  return {
    kind: "unavailable",
    component: "gpu",
    source: `${maker} GPU ${address}`,
    reason: messageOf(thrown),
    remedy: isDenied ? "make the file that the reason names readable: sudo chmod a+r FILE" : LOAD_DRIVER,
  };
}
