/**
 * Simulated power with known truth, and what an honest interval must do about it. A sensor's test draws traces, lets the
 * sensor measure them, and hands the trials to `expectHonest`.
 */
import { expect } from "vitest";
import type { Interval } from "../../src/core/interval.ts";
import type { Random } from "../../src/core/random.ts";

/** Power that is constant from one change to the next, so that its energy is exact. */
export interface PowerTrace {
  wattsAt(second: number): number;
  /** Joules from 0 to `second`. */
  joulesUntil(second: number): number;
}

export interface TraceOptions {
  readonly lengthS: number;
  /** Mean time between changes of power. */
  readonly dwellS: number;
  readonly lowW: number;
  readonly highW: number;
}

/** Levels are uniform between the two powers and last exponentially long: bursts, plateaus and everything between. */
export function powerTrace(random: Random, options: TraceOptions): PowerTrace {
  const { lengthS, dwellS, lowW, highW } = options;
  const starts = [0];
  const watts = [lowW + random.next() * (highW - lowW)];
  const joules = [0];
  for (let at = dwell(random, dwellS); at < lengthS; at += dwell(random, dwellS)) {
    joules.push(joules.at(-1)! + watts.at(-1)! * (at - starts.at(-1)!));
    starts.push(at);
    watts.push(lowW + random.next() * (highW - lowW));
  }
  const pieceAt = (second: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= second) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    wattsAt: (second) => watts[pieceAt(second)]!,
    joulesUntil(second) {
      const piece = pieceAt(second);
      return joules[piece]! + watts[piece]! * (second - starts[piece]!);
    },
  };
}

const dwell = (random: Random, mean: number): number => -mean * Math.log(1 - random.next());

/** Normal with mean 0 and deviation 1 (Box and Muller 1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Log-uniform between two positive numbers: every order of magnitude is as likely. */
export const logUniform = (random: Random, low: number, high: number): number =>
  low * (high / low) ** random.next();

export interface Trial {
  readonly interval: Interval;
  readonly truth: number;
}

export interface Honesty {
  /** Part of the trials whose interval holds the truth. */
  readonly coverage: number;
  /** Median half-width ÷ root mean square error, both as parts of the value: 1.96 for a perfect interval of normal errors. */
  readonly halfWidthPerRms: number;
}

export function honestyOf(trials: readonly Trial[]): Honesty {
  const held = trials.filter(({ interval, truth }) => interval.low <= truth && truth <= interval.high);
  const halves = trials.map(({ interval: { low, value, high } }) => (high - low) / 2 / value);
  const squares = trials.map(({ interval: { value }, truth }) => ((truth - value) / value) ** 2);
  const rms = Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / trials.length);
  return { coverage: held.length / trials.length, halfWidthPerRms: median(halves) / rms };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** A nominal 95 % interval holds the truth in 93 to 98 % of at least a thousand trials, and is no wider than it must be. */
export function expectHonest(trials: readonly Trial[]): void {
  expect(trials.length).toBeGreaterThanOrEqual(1_000);
  const { coverage, halfWidthPerRms } = honestyOf(trials);
  expect(coverage, `coverage ${coverage}, half-width ${halfWidthPerRms} × RMS error`).toBeGreaterThanOrEqual(
    0.93,
  );
  expect(coverage, `coverage ${coverage}`).toBeLessThanOrEqual(0.98);
  expect(halfWidthPerRms, `coverage ${coverage}`).toBeLessThanOrEqual(3);
}
