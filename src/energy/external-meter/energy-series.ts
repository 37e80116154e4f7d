import { noteList } from "../note-list.ts";
import type { MeterPoint, MeterSeries } from "./meter-series.ts";
import { readingGaps } from "./reading-gaps.ts";

/** No machine that is plugged into one meter draws more: our choice. */
const IMPOSSIBLE_W = 100_000;

/**
 * Differences of a counter; see `MeterSeries`. Plug counters move in steps of up to 1 Wh: between steps energy goes on at
 * the power of the last ones, by one step at most.
 */
export function energySeries(startS: number, usualS: number): MeterSeries {
  const losses = noteList();
  const steps = readingGaps(usualS);
  let last: MeterPoint | undefined;
  /** When the counter was last seen to move; nothing is known of its power before two such moments. */
  let steppedS: number | undefined;
  let stepJ = Number.POSITIVE_INFINITY;
  let watts = 0;
  let joules = 0;
  /** When it was last read, whether or not it had moved. */
  let heardS = startS;
  let lostS = 0;
  let shown = { joules: 0, coveredS: 0 };

  const take = (point: MeterPoint): void => {
    const before = last;
    if (before === undefined || point.atS <= startS) {
      last = point;
      heardS = Math.max(startS, point.atS);
      lostS = heardS - startS;
      return;
    }
    if (point.atS <= before.atS) return;
    const gapS = point.atS - before.atS;
    const delta = point.value - before.value;
    // Of what was counted since before the opening, the part after it is this window's.
    const share = Math.min(1, (point.atS - startS) / gapS);
    heardS = point.atS;
    last = point;
    if (delta < 0) {
      losses.add("the meter's counter went back; what it held since the reading before is lost");
      lostS += gapS * share;
      steppedS = undefined;
      watts = 0;
    } else if (delta > IMPOSSIBLE_W * gapS) {
      losses.add("an impossible jump of the meter's counter was left out");
      lostS += gapS * share;
    } else if (delta > 0) {
      joules += delta * share;
      stepJ = Math.min(stepJ, delta);
      if (steppedS !== undefined) {
        watts = delta / (point.atS - steppedS);
        steps.see(point.atS - steppedS, point.atS - steppedS);
      }
      steppedS = point.atS;
    }
  };
  return {
    add(points) {
      for (const point of points) take(point);
    },
    sample(nowS) {
      if (last === undefined) return shown;
      const untilS = Math.min(nowS, heardS + steps.holdS());
      const goneOn = steppedS === undefined ? 0 : Math.min(stepJ, watts * Math.max(0, untilS - steppedS));
      shown = {
        joules: Math.max(shown.joules, joules + goneOn),
        coveredS: Math.max(shown.coveredS, untilS - startS - lostS),
      };
      return shown;
    },
    notes: losses.all,
  };
}
