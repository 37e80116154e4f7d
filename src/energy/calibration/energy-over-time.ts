import type { MeterPoint } from "../external-meter/meter-series.ts";
import type { Quantity } from "../external-meter/meter-units.ts";

/** Cumulative energy as a function of time, from readings that are all there. */
export interface EnergyOverTime {
  /** Mean power between two moments; undefined where readings do not cover them. */
  meanW(fromS: number, toS: number): number | undefined;
  /** Median time between readings that tell something. */
  readonly periodS: number;
}

/** As in reading-gaps.ts: a longer gap is one in which nothing is known. */
const BRIDGED = 5;
const SHORTEST_BRIDGE_S = 5;

/**
 * Power readings are means since the one before, as in power-series.ts.
 *
 * @param isStepped the counter moves in steps that are coarse beside its readings: only readings that show a step tell a time,
 * and `periodS` is that between steps.
 */
export function energyOverTime(
  points: readonly MeterPoint[],
  quantity: Quantity,
  isStepped = false,
): EnergyOverTime {
  const heard = points
    .toSorted((a, b) => a.atS - b.atS)
    .filter((point, index, all) => index === 0 || point.atS > all[index - 1]!.atS);
  const told = isStepped
    ? heard.filter((point, index) => index === 0 || point.value !== heard[index - 1]!.value)
    : heard;
  const times = told.map(({ atS }) => atS);
  const joules = [0];
  for (let index = 1; index < told.length; index++) {
    const gapS = times[index]! - times[index - 1]!;
    const delta =
      quantity === "power" ? told[index]!.value * gapS : told[index]!.value - told[index - 1]!.value;
    // A counter that went back hides what it held: the gap is one without readings.
    joules.push(joules[index - 1]! + (delta < 0 ? Number.NaN : delta));
  }
  const mostGapS = Math.max(SHORTEST_BRIDGE_S, BRIDGED * medianGap(heard));
  const lost = heard.filter((point, index) => index > 0 && point.atS - heard[index - 1]!.atS > mostGapS);
  const joulesAt = (atS: number): number => {
    const index = lastAtOrBefore(times, atS);
    if (index < 0) return Number.NaN;
    if (times[index] === atS) return joules[index]!;
    if (index + 1 >= times.length) return Number.NaN;
    const part = (atS - times[index]!) / (times[index + 1]! - times[index]!);
    return joules[index]! + part * (joules[index + 1]! - joules[index]!);
  };
  /** Gaps are few: each is told by the reading that ends it. */
  const hasGap = (fromS: number, toS: number): boolean =>
    lost.some((end) => end.atS > fromS && heard[heard.indexOf(end) - 1]!.atS < toS);
  return {
    periodS: medianGap(told),
    meanW(fromS, toS) {
      const watts = (joulesAt(toS) - joulesAt(fromS)) / (toS - fromS);
      return Number.isNaN(watts) || hasGap(fromS, toS) ? undefined : watts;
    },
  };
}

function medianGap(points: readonly MeterPoint[]): number {
  const gaps = points.slice(1).map(({ atS }, index) => atS - points[index]!.atS);
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? Number.POSITIVE_INFINITY;
}

/** Index into ascending `times`; −1 before the first. */
function lastAtOrBefore(times: readonly number[], atS: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= atS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
