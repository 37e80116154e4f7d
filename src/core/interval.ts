/**
 * A value with its nominal 95 % interval. Intervals may be lopsided (a modelled power is known to a factor,
 * not to a difference), so both ends are kept instead of one standard deviation.
 */
export interface Interval {
  readonly low: number;
  readonly value: number;
  readonly high: number;
}

export const exactly = (value: number): Interval => ({ low: value, value, high: value });

/** `within(100, 0.05)` is 95 … 105; the fraction is of the value. */
export const within = (value: number, fraction: number): Interval => ({
  low: value - Math.abs(value) * fraction,
  value,
  high: value + Math.abs(value) * fraction,
});

/** Known up to a factor: `byFactor(10, 2)` is 5 … 20. */
export const byFactor = (value: number, factor: number): Interval => ({
  low: value / factor,
  value,
  high: value * factor,
});

export const scale = (interval: Interval, factor: number): Interval => {
  const ends = [interval.low * factor, interval.high * factor];
  return { low: Math.min(...ends), value: interval.value * factor, high: Math.max(...ends) };
};

/**
 * Sum of terms whose errors are independent: half-widths add in quadrature (GUM, JCGM 100:2008, 5.1.2),
 * each side on its own.
 */
export function sumIndependent(terms: readonly Interval[]): Interval {
  const value = terms.reduce((sum, term) => sum + term.value, 0);
  const below = Math.hypot(...terms.map((term) => term.value - term.low));
  const above = Math.hypot(...terms.map((term) => term.high - term.value));
  return { low: value - below, value, high: value + above };
}

/** Sum of terms that share one error (same sensor, same model): half-widths add (GUM 5.2.2, r = 1). */
export function sumCorrelated(terms: readonly Interval[]): Interval {
  const total = { low: 0, value: 0, high: 0 };
  for (const term of terms) {
    total.low += term.low;
    total.value += term.value;
    total.high += term.high;
  }
  return total;
}

/**
 * Product of two non-negative, independent factors: the logarithms of their ends' ratios add in quadrature. For narrow
 * intervals that is the rule of the GUM (5.1.6); for those known to a factor it stays above zero, as they do.
 */
export function product(a: Interval, b: Interval): Interval {
  const value = a.value * b.value;
  if (value === 0) return exactly(0);
  const below = Math.hypot(Math.log(a.value / a.low), Math.log(b.value / b.low));
  const above = Math.hypot(Math.log(a.high / a.value), Math.log(b.high / b.value));
  return { low: value * Math.exp(-below), value, high: value * Math.exp(above) };
}

/** Of what cannot be negative: the value itself is not. */
export const atLeastZero = ({ low, value, high }: Interval): Interval => ({
  low: Math.max(0, low),
  value,
  high,
});

export const overlaps = (a: Interval, b: Interval): boolean => a.low <= b.high && b.low <= a.high;
