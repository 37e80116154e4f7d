import type { Interval } from "../../core/interval.ts";
import type { Sample } from "../sensor.ts";
import type { PowerSteps } from "./power-steps.ts";

/** What a sensor has seen of its board since it was opened; see `gpuInterval`. */
export interface GpuUncertainty {
  /** Relative half-width, nominal 95 %, of everything that scales with energy. */
  readonly gain: number;
  /** Power that the board cannot exceed. */
  readonly mostW: number;
  /** Time between updates. */
  readonly periodS: number;
  /** Seconds by which a reading may lag behind: the period, and the time that it is averaged over or polled late. */
  readonly lagS: number;
  readonly steps: Pick<PowerSteps, "largestW" | "squares">;
  /** Everything that was counted. */
  readonly total: Sample;
}

/**
 * Twice the root mean square (4.7 %) of the steady-state errors of 16 NVIDIA boards from Kepler to Ada against a power
 * meter in the supply lines; they reach from −8.9 to +10.9 %, one 45 W board at −41 % left out. Overall_Results.xlsx of
 * github.com/JimZeyuYang/GPU_Power_Benchmark, the data of Yang, Adamek, Armour, SC24, doi:10.1109/SC41406.2024.00028.
 */
export const NVIDIA_GAIN = 0.094;

/**
 * Part of the time that a reading sees: 25 ms of each 100 ms on A100 and H100 (arXiv:2312.02741, abstract). Others see
 * 20 to 100 %; which one is not told, so all are given this.
 */
const SEEN = 0.25;
/**
 * Part of the largest step that an edge misses, 95 % of the time: fitted on the simulated boards of coverage.test.ts, because
 * edges of windows and steps of power seldom fall together.
 */
const EDGE = 0.4;
/** 95 % of a normal distribution. */
const COVERAGE_FACTOR = 1.96;

/**
 * Nominal 95 % around `joules` of a window. Three independent errors, in quadrature (GUM 5.1.2):
 *
 * - the board's own calibration, a constant part of the energy;
 * - the two edges: a reading is up to `lagS` old, and power may have changed since by its largest step. In a window of
 *   less than two updates nothing has been seen, so the step may be all that the board can draw;
 * - what happens between the parts of time that a reading sees. Its variance is estimated from successive
 *   differences, as for a systematic sample (Wolter 1984, JASA 79(388), estimator v2): smooth power costs nothing,
 *   bursts widen the interval, √time makes it matter less. A load that keeps step with the updates cannot be seen.
 */
export function gpuInterval(seen: GpuUncertainty, joules: number, windowS?: number): Interval {
  const { total, steps, periodS } = seen;
  const lengthS = windowS ?? (total.joules > 0 ? (total.coveredS * joules) / total.joules : 0);
  const isShort = windowS !== undefined && windowS < 2 * periodS;
  const step = Math.max(EDGE * steps.largestW(), isShort ? seen.mostW : 0);
  const edges = step * Math.min(seen.lagS, windowS ?? seen.lagS);
  const squares = total.coveredS > 0 ? (steps.squares() * lengthS) / total.coveredS : 0;
  const between = periodS * Math.sqrt(((1 - SEEN) * squares) / 2);
  const half = Math.hypot(seen.gain * joules, edges, COVERAGE_FACTOR * between);
  return { low: Math.max(0, joules - half), value: joules, high: joules + half };
}
