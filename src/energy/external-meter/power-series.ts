import { noteList } from "../note-list.ts";
import type { MeterPoint, MeterSeries } from "./meter-series.ts";
import { readingGaps } from "./reading-gaps.ts";

/**
 * Power × time; see `MeterSeries`. A reading is the mean since the one before it, which is how metering chips and most
 * loggers work; for a meter that tells the present power it is as good a guess as any.
 */
export function powerSeries(startS: number, usualS: number): MeterSeries {
  const losses = noteList();
  const gaps = readingGaps(usualS);
  let last: MeterPoint | undefined;
  // Up to the last reading.
  let joules = 0;
  let coveredS = 0;
  let shown = { joules: 0, coveredS: 0 };

  /** Joules and seconds for which the last reading alone stands, until `untilS`. */
  const held = (untilS: number): { readonly joules: number; readonly seconds: number } => {
    if (last === undefined) return { joules: 0, seconds: 0 };
    const fromS = Math.max(last.atS, startS);
    const seconds = Math.max(0, Math.min(untilS, last.atS + gaps.holdS()) - fromS);
    return { joules: seconds * last.value, seconds };
  };
  const take = (point: MeterPoint, nowS: number): void => {
    const before = last;
    if (before !== undefined && point.atS <= before.atS) {
      if (point.atS < before.atS) losses.add("a reading that is older than the one before it was left out");
      return;
    }
    if (before !== undefined) {
      const gapS = point.atS - before.atS;
      if (point.atS > startS) {
        if (gapS > gaps.mostGapS()) {
          const part = held(point.atS);
          joules += part.joules;
          coveredS += part.seconds;
          losses.add(`the meter had no reading for ${gapS.toFixed(0)} s; that time is not covered`);
        } else {
          const fromS = Math.max(before.atS, startS);
          joules += point.value * (point.atS - fromS);
          coveredS += point.atS - fromS;
        }
      }
      gaps.see(gapS, nowS - before.atS);
    }
    last = point;
  };
  return {
    add(points, nowS) {
      for (const point of points) {
        // A laptop or a house with solar cells may feed power back; a machine cannot.
        if (point.value >= 0) take(point, nowS);
        else losses.add("a reading below 0 W was left out");
      }
    },
    sample(nowS) {
      const part = held(nowS);
      shown = {
        joules: Math.max(shown.joules, joules + part.joules),
        coveredS: Math.max(shown.coveredS, coveredS + part.seconds),
      };
      return shown;
    },
    notes: losses.all,
  };
}
