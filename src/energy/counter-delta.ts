/** What happened between two readings of a counter that wraps at `range`. */
export type CounterDelta =
  | { readonly kind: "plain" | "wrapped"; readonly delta: number }
  /** The counter started again from zero: at least `delta` was counted since, what came before the reset is lost. */
  | { readonly kind: "reset"; readonly delta: number }
  /** More than can have happened in the time between: nothing is known about it. */
  | { readonly kind: "impossible" };

export interface CounterLimits {
  /** The largest value of the counter; it goes on from 0. */
  readonly range: number;
  /** The most that can have been counted between the two readings (greatest power × gap). */
  readonly most: number;
}

/**
 * The increase of a wrapping counter from `before` to `after`, all in the counter's unit.
 *
 * A smaller value means one wrap or a reset; only the limit tells them apart: if the distance over the top fits into
 * `most` it was a wrap. The kernel documents `max_energy_range_uj` as the range
 * (Documentation/power/powercap/powercap.rst). The delta is never negative and never above `most`.
 */
export function counterDelta(before: number, after: number, limits: CounterLimits): CounterDelta {
  if (after >= before) {
    const delta = after - before;
    return delta <= limits.most ? { kind: "plain", delta } : { kind: "impossible" };
  }
  const over = limits.range - before + after;
  if (over >= 0 && over <= limits.most) return { kind: "wrapped", delta: over };
  return after <= limits.most ? { kind: "reset", delta: after } : { kind: "impossible" };
}
