import { invariant } from "../core/error.ts";
import type { Interval } from "../core/interval.ts";

/** 97.5 % quantile of the normal distribution: two-sided 95 %. */
const Z_95 = 1.959963984540054;

/**
 * Score interval of a proportion, nominal 95 % (Wilson 1927, "Probable inference, the law of succession, and statistical
 * inference", J. Am. Stat. Assoc. 22; the form of Newcombe 1998, Stat. Med. 17, method 3). Unlike the textbook ± it never
 * leaves [0, 1] and does not collapse at 0 or all hits.
 */
export function wilsonInterval(hits: number, count: number): Interval {
  invariant(Number.isInteger(hits) && Number.isInteger(count), "a proportion is of whole counts");
  invariant(count > 0 && hits >= 0 && hits <= count, `${hits} hits of ${count}`);
  const value = hits / count;
  const squared = Z_95 * Z_95;
  const centre = 2 * hits + squared;
  const spread = Z_95 * Math.sqrt(squared + 4 * hits * (1 - value));
  const size = 2 * (count + squared);
  // Rounding may put an end a last digit past the estimate when nothing or everything is a hit.
  return {
    low: hits === 0 ? 0 : (centre - spread) / size,
    value,
    high: hits === count ? 1 : (centre + spread) / size,
  };
}
