import { counterDelta } from "../counter-delta.ts";
import { noteList } from "../note-list.ts";
import type { Sample } from "../sensor.ts";
import type { BoardFacts, BoardReader } from "./board.ts";
import { gpuInterval } from "./gpu-interval.ts";
import { CATCHING_UP, powerCurve, USUAL_PERIOD_S } from "./power-curve.ts";
import { powerSteps } from "./power-steps.ts";
import { updateWatch } from "./update-watch.ts";

export interface CounterFacts extends Pick<BoardFacts, "gain" | "mostW"> {
  /** Joules of the counter now; throws when it cannot be read. */
  readonly readJ: () => number;
  /** Watts now, to check the counter; undefined where it has no power reading or the read fails. */
  readonly readW?: () => number | undefined;
}

/** No board reaches it, even for a moment: our choice. */
const IMPOSSIBLE_W = 3_000;
/** A late update may hold more than its gap: a generous allowance of our choice. */
const STEP_S = 1;
/** Every board that is switched on draws power, so a counter that stays the same for so long does not count. */
const STILL_S = 2;
/** Power readings of some boards tell another energy than the counter, 327 J for 187 J (github.com/ml-energy/zeus, issue 181). */
const AGREEMENT = 0.2;
/** Seconds after which counter and power are compared: our choice, 50 updates. */
const COMPARED_S = 5;

/**
 * Energy by the board's own counter. The counter moves in steps of an update period; between them energy is counted on
 * at the power of the last steps, so that a sample is not late by half a period.
 */
export function counterReader(
  facts: CounterFacts,
  start: { readonly atS: number; readonly joules: number },
): BoardReader {
  const watch = updateWatch();
  const steps = powerSteps();
  const losses = noteList();
  let check: ReturnType<typeof powerCurve> | undefined;
  let counterJ = start.joules;
  let lastS = start.atS;
  let joules = 0;
  let pollS = 0;
  let lostS = 0;
  /** Since when the counter has the value that it has. */
  let stillSinceS = start.atS;
  /** When a step was seen, unless only one end of its time is known. */
  let steppedS: number | undefined;
  let watts = 0;
  let shown: Sample = { joules: 0, coveredS: 0 };
  watch.see(start.atS, start.joules);

  const step = (nowS: number, delta: number): void => {
    if (steppedS !== undefined) {
      const gapS = nowS - steppedS;
      // Slow polls cannot see the period, and tell the time of a step badly: the usual one is a better guess.
      const periodS = watch.periodS() ?? (pollS >= USUAL_PERIOD_S / 2 ? USUAL_PERIOD_S : gapS);
      const spanS = Math.max(1, Math.round(gapS / periodS)) * periodS;
      watts = Math.min(delta / spanS, IMPOSSIBLE_W);
      steps.see(watts);
    }
    steppedS = nowS;
  };
  const compare = (nowS: number): void => {
    const read = facts.readW?.();
    if (read === undefined) return;
    check ??= powerCurve(nowS, read, 0);
    check.see(nowS, read, undefined);
  };
  const meanW = (): number => (shown.coveredS > 0 ? joules / shown.coveredS : 0);
  /** Power reading ÷ counter, where they disagree. */
  const disagreement = (): number | undefined => {
    if (check === undefined || check.coveredS() < COMPARED_S || meanW() === 0) return undefined;
    const ratio = check.joules() / check.coveredS() / meanW();
    return Math.abs(ratio - 1) > AGREEMENT ? ratio : undefined;
  };
  return {
    method: "counter",
    take(nowS) {
      const read = facts.readJ();
      const gapS = nowS - lastS;
      const limits = { range: Number.MAX_SAFE_INTEGER, most: IMPOSSIBLE_W * (gapS + STEP_S) };
      const delta = counterDelta(counterJ, read, limits);
      if (watch.see(nowS, read)) stillSinceS = nowS;
      counterJ = read;
      lastS = nowS;
      pollS = gapS;
      compare(nowS);
      if (delta.kind === "impossible") {
        losses.add("an impossible jump of the counter was left out");
        lostS += gapS;
      } else if (delta.kind === "reset") {
        losses.add("the counter was reset, as when the driver is reloaded; what it held before is lost");
        lostS += gapS;
        steppedS = undefined;
        joules += delta.delta;
      } else if (delta.delta > 0) {
        step(nowS, delta.delta);
        joules += delta.delta;
      }
      const isStill = nowS - stillSinceS > STILL_S;
      if (isStill) losses.add("the counter stands still; that time is not covered");
      const ageS = Math.min(nowS - (steppedS ?? nowS), watch.periodS() ?? USUAL_PERIOD_S);
      const untilS = isStill ? stillSinceS + STILL_S : nowS;
      shown = {
        joules: Math.max(joules + watts * ageS, shown.joules + CATCHING_UP * watts * gapS),
        coveredS: Math.max(shown.coveredS, untilS - start.atS - lostS),
      };
    },
    sample: () => shown,
    interval(amount, windowS) {
      const periodS = watch.periodS() ?? USUAL_PERIOD_S;
      const seen = { ...facts, periodS, lagS: periodS + pollS, steps, total: shown };
      const own = gpuInterval(seen, amount, windowS);
      const other = disagreement();
      if (other === undefined) return own;
      const byPower = gpuInterval(seen, amount * other, windowS);
      return { low: Math.min(own.low, byPower.low), value: amount, high: Math.max(own.high, byPower.high) };
    },
    notes() {
      const other = disagreement();
      const doubt = `the board's power reading tells ${other?.toFixed(2)} times the energy of its counter; the interval holds both`;
      return [...(other === undefined ? [] : [doubt]), ...losses.all()];
    },
  };
}
