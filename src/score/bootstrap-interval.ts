import { invariant } from "../core/error.ts";
import type { Interval } from "../core/interval.ts";
import { type Random, randomInt } from "../core/random.ts";

export interface BootstrapOptions {
  readonly random: Random;
  /** Resamples; 2,000 unless told: the ends of a 95 % interval then rest on 50 values each. */
  readonly resamples?: number;
}

/**
 * Percentile interval, nominal 95 %, of a statistic of `count` items (Efron 1979; Efron & Tibshirani 1993, chapter 13).
 * `statistic` gets the indices of one resample, drawn with replacement; resamples where it is NaN (no positive item
 * drawn) are left out.
 * @returns `value` is the statistic of the items themselves.
 */
export function bootstrapInterval(
  count: number,
  statistic: (indices: Int32Array) => number,
  { random, resamples = 2_000 }: BootstrapOptions,
): Interval {
  invariant(count > 0, "a bootstrap needs items");
  const value = statistic(Int32Array.from({ length: count }, (_, index) => index));
  const drawn = new Int32Array(count);
  const found: number[] = [];
  for (let round = 0; round < resamples; round++) {
    for (let at = 0; at < count; at++) drawn[at] = randomInt(random, count);
    const one = statistic(drawn);
    if (!Number.isNaN(one)) found.push(one);
  }
  found.sort((a, b) => a - b);
  if (found.length === 0) return { low: value, value, high: value };
  // A skewed statistic may lie outside its own percentiles; an interval always holds its value.
  return {
    low: Math.min(value, quantile(found, 0.025)),
    value,
    high: Math.max(value, quantile(found, 0.975)),
  };
}

/** Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). `sorted` ascends and is not empty. */
export function quantile(sorted: readonly number[], part: number): number {
  invariant(sorted.length > 0, "a quantile needs values");
  const at = (sorted.length - 1) * part;
  const below = Math.floor(at);
  const left = sorted[below]!;
  const right = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return left + (right - left) * (at - below);
}
