import type { MeterPoint } from "../external-meter/meter-series.ts";
import type { Quantity } from "../external-meter/meter-units.ts";

/** Cumulative energy as a function of time, from readings that are all there. */
export interface EnergyOverTime {
  /** Mean power between two moments; undefined where readings do not cover them. */
  meanW(fromS: number, toS: number): number | undefined;
  /** Median time between readings. */
  readonly periodS: number;
}

/** As in reading-gaps.ts: a longer gap is one in which nothing is known. */
const BRIDGED = 5;
const SHORTEST_BRIDGE_S = 5;

/** Power readings are means since the one before, as in power-series.ts. */
export function energyOverTime(points: readonly MeterPoint[], quantity: Quantity): EnergyOverTime {
  const sorted = points
    .toSorted((a, b) => a.atS - b.atS)
    .filter((point, index, all) => index === 0 || point.atS > all[index - 1]!.atS);
  const times = sorted.map(({ atS }) => atS);
  const joules = [0];
  for (let index = 1; index < sorted.length; index++) {
    const gapS = times[index]! - times[index - 1]!;
    const delta =
      quantity === "power" ? sorted[index]!.value * gapS : sorted[index]!.value - sorted[index - 1]!.value;
    // A counter that went back hides what it held: the gap is one without readings.
    joules.push(joules[index - 1]! + (delta < 0 ? Number.NaN : delta));
  }
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const periodS = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? Number.POSITIVE_INFINITY;
  const mostGapS = Math.max(SHORTEST_BRIDGE_S, BRIDGED * periodS);
  /** Index of the last reading at or before `atS`. */
  const indexAt = (atS: number): number => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= atS) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const joulesAt = (atS: number): number => {
    const index = indexAt(atS);
    if (index < 0) return Number.NaN;
    if (times[index] === atS) return joules[index]!;
    if (index + 1 >= times.length) return Number.NaN;
    const part = (atS - times[index]!) / (times[index + 1]! - times[index]!);
    return joules[index]! + part * (joules[index + 1]! - joules[index]!);
  };
  const hasGap = (fromS: number, toS: number): boolean => {
    for (let index = Math.max(0, indexAt(fromS)); index + 1 < times.length && times[index]! < toS; index++)
      if (times[index + 1]! - times[index]! > mostGapS) return true;
    return false;
  };
  return {
    periodS,
    meanW(fromS, toS) {
      const watts = (joulesAt(toS) - joulesAt(fromS)) / (toS - fromS);
      return Number.isNaN(watts) || hasGap(fromS, toS) ? undefined : watts;
    },
  };
}
