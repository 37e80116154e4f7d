import type { BoardReader, FirstRead } from "./board.ts";
import { type BoardLimits, gpuInterval, unseenVariance } from "./gpu-interval.ts";
import { powerCurve } from "./power-curve.ts";
import { updateWatch } from "./update-watch.ts";

export interface PowerFacts extends BoardLimits {
  /** Watts now; throws when they cannot be read. */
  readonly readW: () => number;
}

/** Energy of a board that has no counter, integrated from its power. */
export function powerReader(facts: PowerFacts, start: Pick<FirstRead, "atS" | "value">): BoardReader {
  const watch = updateWatch();
  const curve = powerCurve(start.atS, start.value, facts.averagedS);
  let lastW = start.value;
  let varianceJ2 = 0;
  watch.see(start.atS, start.value);
  return {
    method: "integrated",
    take(nowS) {
      const watts = facts.readW();
      watch.see(nowS, watts);
      const periodS = watch.periodS() ?? facts.periodS;
      varianceJ2 += unseenVariance(watts - lastW, periodS);
      lastW = watts;
      curve.see(nowS, watts, periodS);
    },
    sample: () => ({
      joules: curve.joules(),
      coveredS: curve.coveredS(),
      ...(varianceJ2 > 0 && { varianceJ2 }),
    }),
    interval: (joules, windowS) => gpuInterval(facts, joules, windowS),
    notes() {
      const periodS = watch.periodS();
      const lostS = curve.lostS();
      return [
        periodS === undefined
          ? `the power reading's update period was not seen; ${1_000 * facts.periodS} ms are assumed`
          : `the power reading is renewed each ${Math.round(1_000 * periodS)} ms`,
        ...(lostS > 0 ? [`${lostS.toFixed(1)} s without a reading are left out`] : []),
      ];
    },
  };
}
