import type { Interval } from "../../core/interval.ts";

/** What is known of a board when it is opened. */
export interface BoardLimits {
  /** Relative half-width, nominal 95 %, of the board's calibration. */
  readonly gain: number;
  /** Power that the board cannot exceed. */
  readonly mostW: number;
  /** Usual time between updates of its readings; the true one is found out by polling. */
  readonly periodS: number;
  /** Seconds of which one reading is the mean. */
  readonly averagedS: number;
}

/**
 * Twice the root mean square (4.7 %) of the steady-state errors of 16 NVIDIA boards from Kepler to Ada against a power
 * meter in the supply lines; they reach from −8.9 to +10.9 %, one small board at −41 % left out. Overall_Results.xlsx of
 * github.com/JimZeyuYang/GPU_Power_Benchmark, the data of Yang, Adamek, Armour, SC24, doi:10.1109/SC41406.2024.00028.
 */
export const NVIDIA_GAIN = 0.094;
/** Update period of most boards' readings (same data). */
export const USUAL_PERIOD_S = 0.1;

/**
 * Part of the time that a reading sees: 25 ms of each 100 ms on A100 and H100 (arXiv:2312.02741, abstract). Others see
 * 20 to 100 % (same data); which one is not told, so all are given this.
 */
const SEEN = 0.25;
/**
 * The edges of a window may miss the energy of so many update periods at its mean power, 95 % of the time: fitted on
 * the simulated boards of coverage.test.ts.
 */
const EDGE = 1.2;

/**
 * Nominal 95 % around `joules` of a window, of two independent errors in quadrature (GUM 5.1.2): the board's calibration,
 * a constant part of the energy, and the edges, where a reading is as old as its update period and its average. In less
 * than two periods nothing may have been seen, so that the board may have drawn all that it can.
 */
export function gpuInterval(board: BoardLimits, joules: number, windowS?: number): Interval {
  const lagS = board.periodS + board.averagedS / 2;
  const edges =
    windowS === undefined || windowS <= 0 ? 0 : edgeW(board, joules, windowS) * Math.min(lagS, windowS);
  const half = Math.hypot(board.gain * joules, edges);
  return { low: Math.max(0, joules - half), value: joules, high: joules + half };
}

const edgeW = ({ mostW, periodS }: BoardLimits, joules: number, windowS: number): number =>
  windowS < 2 * periodS ? Math.max(mostW, joules / windowS) : (EDGE * joules) / windowS;

/**
 * Variance of one update's energy, from what happens between the parts of time that readings see: estimated from
 * successive differences, as for a systematic sample (Wolter 1984, JASA 79(388), estimator v2). Smooth power costs
 * nothing; a load that keeps step with the updates cannot be seen.
 */
export const unseenVariance = (stepW: number, periodS: number): number =>
  ((1 - SEEN) / 2) * (stepW * periodS) ** 2;
