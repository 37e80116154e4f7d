import type { Clock } from "../../core/ports.ts";
import type { Sensor } from "../sensor.ts";
import { type BoardFacts, BoardLost, boardSensor } from "./board.ts";
import { counterReader } from "./counter-reader.ts";
import { NVIDIA_GAIN } from "./gpu-interval.ts";
import type { Nvml } from "./nvml.ts";
import { NvmlError } from "./nvml-errors.ts";
import { powerReader } from "./power-reader.ts";
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
const [MAXWELL, AMPERE] = [3, 7];
/** What a reading is the mean of: see PowerFacts; data as in gpu-interval.ts. */
const AVERAGED_S = { present: 0.025, lastSecond: 1, capacitor: 0.3 } as const;

/** Opens one board: its counter, or its power where it has none (before Volta, many virtual GPUs). Throws NvmlError. */
export function nvidiaBoard(
  nvml: Nvml,
  board: NvidiaBoard,
  at: { readonly clock: Clock; readonly nowS: number },
): Sensor {
  const { device } = board;
  const isPartitioned = optional(() => nvml.isPartitioned(device)) ?? false;
  const limits = {
    gain: NVIDIA_GAIN,
    mostW: (optional(() => nvml.powerLimitMw(device)) ?? USUAL_LIMIT_W * MILLI) / MILLI,
  };
  const facts = (what: string): BoardFacts => ({
    ...limits,
    source: `NVML ${what} of GPU ${board.index} (${board.name})${wholeOf(board)}`,
    remedy: REMEDY,
    doubts: [...board.doubts, ...partitionDoubts(board, isPartitioned)],
    close: board.close,
    ...(!isPartitioned && { use: smUse(nvml, device, at.nowS) }),
  });
  const timed = (read: () => number): { readonly first: number; readonly costS: number } => {
    const beforeS = at.clock.now();
    return { first: read(), costS: at.clock.now() - beforeS };
  };
  const power = powerOf(nvml, device);
  const readJ = lostOf(() => nvml.energyMj(device) / MILLI);
  const counted = optional(() => timed(readJ));
  // A counter that was never moved does not count, whatever the library says.
  if (counted !== undefined && counted.first > 0) {
    const reader = counterReader(
      { ...limits, readJ, ...(power && { readW: () => optional(power.readW) }) },
      { atS: at.nowS, joules: counted.first },
    );
    return boardSensor(facts("energy counter"), reader, { clock: at.clock, costS: counted.costS });
  }
  const readW = power?.readW ?? (() => nvml.powerMw(device) / MILLI);
  const drawn = timed(readW);
  const reader = powerReader(
    { ...limits, readW, averagedS: power?.averagedS ?? AVERAGED_S.lastSecond },
    { atS: at.nowS, watts: drawn.first },
  );
  return boardSensor(facts("power, integrated,"), reader, { clock: at.clock, costS: drawn.costS });
}

/** The quickest power reading that this board has; undefined when it has none. */
function powerOf(
  nvml: Nvml,
  device: bigint,
): { readonly readW: () => number; readonly averagedS: number } | undefined {
  const presentW = lostOf(() => nvml.instantPowerMw(device) / MILLI);
  const usualW = lostOf(() => nvml.powerMw(device) / MILLI);
  const architecture = optional(() => nvml.architecture(device));
  if (architecture !== undefined && architecture <= MAXWELL && optional(usualW) !== undefined)
    return { readW: usualW, averagedS: AVERAGED_S.capacitor };
  if (optional(presentW) !== undefined) return { readW: presentW, averagedS: AVERAGED_S.present };
  if (optional(usualW) === undefined) return undefined;
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
