import type { Clock } from "../../core/ports.ts";
import type { Sensor } from "../sensor.ts";
import { type BoardFacts, BoardLost, boardSensor, timedRead } from "./board.ts";
import { counterReader } from "./counter-reader.ts";
import { NVIDIA_GAIN, USUAL_PERIOD_S } from "./gpu-interval.ts";
import type { Nvml } from "./nvml.ts";
import { NvmlError } from "./nvml-errors.ts";
import { type PowerFacts, powerReader } from "./power-reader.ts";
import { smUse } from "./sm-use.ts";

export interface NvidiaBoard {
  readonly index: number;
  readonly device: bigint;
  readonly name: string;
  /** MIG instances of this board that the programs here are shown. */
  readonly instances: readonly string[];
  readonly doubts: readonly string[];
  readonly close: () => void;
}

const MILLI = 1_000;
const REMEDY = "run nvidia-smi: when it fails as well, reload the NVIDIA driver or reboot";
/** When a board does not tell its limit: that of the largest air-cooled ones, our choice. */
const USUAL_LIMIT_W = 700;
/** nvmlDeviceArchitecture_t. */
const [MAXWELL, PASCAL, VOLTA, AMPERE] = [3, 4, 5, 7];
/** Seconds of which a reading is the mean, and between updates of Pascal's and Volta's: data as in gpu-interval.ts. */
const AVERAGED_S = { present: 0.025, lastSecond: 1, capacitor: 0.3 } as const;
const QUICK_PERIOD_S = 0.02;

/** Opens one board: its counter, or its power where it has none (before Volta, many virtual GPUs). Throws NvmlError. */
export function nvidiaBoard(nvml: Nvml, board: NvidiaBoard, clock: Clock): Sensor {
  const { device } = board;
  const isPartitioned = optional(() => nvml.isPartitioned(device)) ?? false;
  const architecture = optional(() => nvml.architecture(device));
  const limits = {
    gain: NVIDIA_GAIN,
    mostW: (optional(() => nvml.powerLimitMw(device)) ?? USUAL_LIMIT_W * MILLI) / MILLI,
    periodS: architecture === PASCAL || architecture === VOLTA ? QUICK_PERIOD_S : USUAL_PERIOD_S,
  };
  const facts = (what: string): BoardFacts => ({
    source: `NVML ${what} of GPU ${board.index} (${board.name})${wholeOf(board)}`,
    remedy: REMEDY,
    doubts: [...board.doubts, ...partitionDoubts(board, isPartitioned)],
    close: board.close,
    ...(!isPartitioned && { use: smUse(nvml, device, clock.now()) }),
  });
  const power = powerOf(nvml, device, architecture);
  const readJ = lostOf(() => nvml.energyMj(device) / MILLI);
  const counted = optional(() => timedRead(clock, readJ));
  // A counter that was never moved does not count, whatever the library says.
  if (counted !== undefined && counted.value > 0) {
    const check = power && { readW: () => optional(power.readW) };
    const counter = { ...limits, averagedS: 0, readJ, ...check };
    return boardSensor(facts("energy counter"), counterReader(counter, counted), { clock, ...counted });
  }
  const integrated = power ?? { readW: () => nvml.powerMw(device) / MILLI, averagedS: AVERAGED_S.lastSecond };
  const drawn = timedRead(clock, integrated.readW);
  const reader = powerReader({ ...limits, ...integrated }, drawn);
  return boardSensor(facts("power, integrated,"), reader, { clock, ...drawn });
}

/** The quickest power reading that this board has; undefined when it has none. */
function powerOf(
  nvml: Nvml,
  device: bigint,
  architecture: number | undefined,
): Pick<PowerFacts, "readW" | "averagedS"> | undefined {
  const presentW = lostOf(() => nvml.instantPowerMw(device) / MILLI);
  const usualW = lostOf(() => nvml.powerMw(device) / MILLI);
  const isOld = architecture !== undefined && architecture <= MAXWELL;
  if (!isOld && optional(presentW) !== undefined) return { readW: presentW, averagedS: AVERAGED_S.present };
  if (optional(usualW) === undefined) return undefined;
  if (isOld) return { readW: usualW, averagedS: AVERAGED_S.capacitor };
  const isPresent = architecture !== undefined && architecture < AMPERE;
  return { readW: usualW, averagedS: isPresent ? AVERAGED_S.present : AVERAGED_S.lastSecond };
}

const wholeOf = ({ instances }: NvidiaBoard): string =>
  instances.length === 0 ? "" : `, the whole board of ${instances.join(", ")}`;

function partitionDoubts({ instances }: NvidiaBoard, isPartitioned: boolean): readonly string[] {
  if (instances.length > 0)
    return [
      "a MIG instance has no energy reading of its own: this is the whole board, shared with its other instances",
    ];
  return isPartitioned
    ? ["the board is partitioned (MIG): this is the whole board, shared by its instances"]
    : [];
}

/** A read whose failure may mean that the board is gone. */
function lostOf(read: () => number): () => number {
  return () => {
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof NvmlError && thrown.isLost)
        throw new BoardLost(`${thrown.message}; nothing is counted from now on; ${thrown.remedy}`);
      throw thrown;
    }
  };
}

/** What some boards and drivers lack. */
function optional<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
