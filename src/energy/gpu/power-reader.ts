import type { Sample } from "../sensor.ts";
import type { BoardFacts, BoardReader } from "./board.ts";
import { gpuInterval } from "./gpu-interval.ts";
import { powerCurve, USUAL_PERIOD_S } from "./power-curve.ts";
import { powerSteps } from "./power-steps.ts";
import { updateWatch } from "./update-watch.ts";

export interface PowerFacts extends Pick<BoardFacts, "gain" | "mostW"> {
  /** Watts now; throws when they cannot be read. */
  readonly readW: () => number;
  /** Seconds of which one reading is the mean. */
  readonly averagedS: number;
}

/** Energy of a board that has no counter, integrated from its power. */
export function powerReader(
  facts: PowerFacts,
  start: { readonly atS: number; readonly watts: number },
): BoardReader {
  const watch = updateWatch();
  const steps = powerSteps();
  const curve = powerCurve(start.atS, start.watts, facts.averagedS);
  const sample = (): Sample => ({ joules: curve.joules(), coveredS: curve.coveredS() });
  watch.see(start.atS, start.watts);
  steps.see(start.watts);
  return {
    method: "integrated",
    take(nowS) {
      const watts = facts.readW();
      if (watch.see(nowS, watts)) steps.see(watts);
      curve.see(nowS, watts, watch.periodS());
    },
    sample,
    interval(joules, windowS) {
      const periodS = watch.periodS() ?? USUAL_PERIOD_S;
      const seen = { ...facts, periodS, lagS: periodS + facts.averagedS / 2, steps, total: sample() };
      return gpuInterval(seen, joules, windowS);
    },
    notes() {
      const periodS = watch.periodS();
      const lostS = curve.lostS();
      return [
        periodS === undefined
          ? `the power reading's update period was not seen; ${1_000 * USUAL_PERIOD_S} ms are assumed`
          : `the power reading is renewed each ${Math.round(1_000 * periodS)} ms`,
        ...(lostS > 0 ? [`${lostS.toFixed(1)} s without a reading are left out`] : []),
      ];
    },
  };
}
