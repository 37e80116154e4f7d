import { FrugalError } from "../../core/error.ts";
import { VERSION } from "../../core/version.ts";
import type { MeterPoint } from "../external-meter/meter-series.ts";
import type { Quantity } from "../external-meter/meter-units.ts";
import { CALIBRATION_SCHEMA, type NodeFit } from "./calibration-fit.ts";
import { crossValidate } from "./cross-validation.ts";
import { type EnergyOverTime, energyOverTime } from "./energy-over-time.ts";
import { edgeSpans, type SensedWindow, sensedWindows, spansOf } from "./fit-windows.ts";
import type { Recording } from "./recording.ts";
import { determination, type FitPoint, fitLine, valueAt } from "./straight-line.ts";

/** What the meter said meanwhile. */
export interface WallReadings {
  readonly name: string;
  readonly quantity: Quantity;
  readonly accuracy: number;
  /** Seconds since the start of the recording, by the meter's clock. */
  readonly points: readonly MeterPoint[];
}

/** Our choices of what is too little to trust a line. */
const LEAST_WINDOWS = 12;
const LEAST_COVERED = 0.8;
const LEAST_RANGE = 0.1;
/** A power supply gives less than it takes, so the wall rises by more than the parts; the rest is for the counters' error. */
const LEAST_SLOPE = 0.8;
/** Machines that were fitted so far stayed below 7 % (docs/measuring.md); busy time tells less than counters do. */
const MOST_ERROR = { sensed: 0.1, busy: 0.2 } as const;
/** How far the two clocks are looked for, and in which steps. */
const MOST_LAG_S = 30;
const COARSE_S = 1;
const FINE_S = 0.1;

/** Fits one line to what a machine sensed and what its meter said. Throws "calibration-refused" for a line not to be trusted. */
export function fitNode(recording: Recording, wall: WallReadings, createdAt: string): NodeFit {
  const energy = energyOverTime(wall.points, wall.quantity, wall.quantity === "energy");
  const windows = sensedWindows(recording, spansOf(recording, energy.periodS));
  const predictor = recording.parts.length > 0 ? "sensed" : "busy";
  const lagS = findLag(sensedWindows(recording, edgeSpans(recording, energy.periodS)), energy, predictor);
  const points = pointsAt(windows, energy, predictor, lagS);
  checkData(windows, points);
  const line = fitLine(points);
  const validated = line && crossValidate(points, predictorOf);
  if (line === undefined || validated === undefined)
    throw refused(
      "the load did not vary",
      "let frugal make the load, or do work of different kinds meanwhile",
    );
  if (Math.abs(lagS) > MOST_LAG_S - COARSE_S)
    throw refused(
      `the meter's clock seems to be more than ${MOST_LAG_S} s off`,
      "set it, or correct it by #offset=SECONDS",
    );
  if (line.slope <= 0 || (predictor === "sensed" && line.slope < LEAST_SLOPE)) {
    throw refused(
      `the meter rose by ${line.slope.toFixed(2)} W for each ${predictor === "sensed" ? "watt that was sensed" : "busy machine"}`,
      "check that the meter feeds this machine, and it alone, and that its unit is right",
    );
  }
  if (validated.rms > MOST_ERROR[predictor]) {
    throw refused(
      `its error on readings that it had not seen is ${percent(validated.rms)}, more than ${percent(MOST_ERROR[predictor])}`,
      "close other programs, unplug what else the meter feeds, and let it run longer (--minutes 20)",
    );
  }
  return {
    schema: CALIBRATION_SCHEMA,
    kind: "node",
    created_at: createdAt,
    frugal: VERSION,
    machine: recording.machine,
    predictor,
    parts: recording.parts,
    intercept_w: line.intercept,
    slope: line.slope,
    error: {
      cross_validated_rms: validated.rms,
      worst: validated.worst,
      // A line can be no better than the meter that it was fitted to.
      half_width: Math.hypot(validated.halfWidth, wall.accuracy),
      r2: determination(points, line),
      windows: points.length,
      blocks: [...new Set(points.map(({ block }) => block))],
    },
    meter: { name: wall.name, accuracy: wall.accuracy, lag_s: lagS },
    windows: points.map(({ block, seconds, x, y }) => ({ block, seconds, wall_w: y, x })),
  };
}

type WindowPoint = FitPoint & { readonly seconds: number };

const predictorOf = (rest: readonly FitPoint[]): ((point: FitPoint) => number) | undefined => {
  const line = fitLine(rest);
  return line && (({ x }) => valueAt(line, x));
};

function pointsAt(
  windows: readonly SensedWindow[],
  wall: EnergyOverTime,
  predictor: NodeFit["predictor"],
  lagS: number,
): readonly WindowPoint[] {
  return windows.flatMap(({ fromS, toS, block, busy, sensedW }) => {
    const y = wall.meanW(fromS + lagS, toS + lagS);
    const x = predictor === "sensed" ? sensedW : busy;
    return y === undefined || x === undefined || y <= 0 ? [] : [{ x, y, block, seconds: toS - fromS }];
  });
}

/** The shift of the meter's clock at which a line fits best; steps of load show it. */
function findLag(
  windows: readonly SensedWindow[],
  wall: EnergyOverTime,
  predictor: NodeFit["predictor"],
): number {
  const errorAt = (lagS: number): number => {
    const points = pointsAt(windows, wall, predictor, lagS);
    const line = points.length < LEAST_COVERED * windows.length ? undefined : fitLine(points);
    if (line === undefined) return Number.POSITIVE_INFINITY;
    return points.reduce((sum, { x, y }) => sum + (valueAt(line, x) / y - 1) ** 2, 0) / points.length;
  };
  const best = (around: number, reach: number, step: number): number => {
    let found = { lagS: around, error: errorAt(around) };
    for (let count = -Math.round(reach / step); count <= reach / step; count++) {
      const lagS = around + count * step;
      const error = errorAt(lagS);
      // No shift is the likeliest one: only a clear gain moves it.
      if (error < 0.99 * found.error) found = { lagS, error };
    }
    return found.lagS;
  };
  return best(best(0, MOST_LAG_S, COARSE_S), COARSE_S, FINE_S);
}

function checkData(windows: readonly SensedWindow[], points: readonly FitPoint[]): void {
  if (points.length < LEAST_COVERED * windows.length)
    throw refused(
      `the meter has readings for ${points.length} of ${windows.length} windows only`,
      "check that it logs all the time, and that its clock is right (#offset=SECONDS)",
    );
  if (points.length < LEAST_WINDOWS)
    throw refused(
      `there are ${points.length} windows of steady load, and ${LEAST_WINDOWS} are the least`,
      "let it run longer: --minutes 10",
    );
  const walls = points.map(({ y }) => y);
  const range = 1 - Math.min(...walls) / Math.max(...walls);
  if (range < LEAST_RANGE)
    throw refused(
      `the meter moved by ${percent(range)} only`,
      "check that it feeds this machine; let frugal make the load, and close what keeps the machine busy",
    );
}

export const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

export const refused = (why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "calibration-refused", what: "nothing was calibrated", why, remedy });
