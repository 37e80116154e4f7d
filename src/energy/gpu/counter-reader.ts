import { counterDelta } from "../counter-delta.ts";
import { noteList } from "../note-list.ts";
import type { Sample } from "../sensor.ts";
import type { BoardReader, FirstRead } from "./board.ts";
import { type BoardLimits, gpuInterval, unseenVariance } from "./gpu-interval.ts";
import { CATCHING_UP, MOST_GAP_S, type PowerCurve, powerCurve } from "./power-curve.ts";
import { updateWatch } from "./update-watch.ts";

export interface CounterFacts extends BoardLimits {
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
/** Seconds after which counter and power are compared, twenty updates: our choice, since the doubt of all of them falls due at once. */
const COMPARED_S = 2;

/**
 * Energy by the board's own counter. The counter moves in steps of an update period; between them energy is counted on
 * at the power of the last step, so that a sample is not late by half a period.
 */
export function counterReader(facts: CounterFacts, start: Pick<FirstRead, "atS" | "value">): BoardReader {
  const watch = updateWatch();
  const losses = noteList();
  let check: { readonly curve: PowerCurve; readonly fromJ: number } | undefined;
  let counterJ = start.value;
  let lastS = start.atS;
  let joules = 0;
  let pollS = 0;
  let lostS = 0;
  /** Since when the counter has the value that it has. */
  let stillSinceS = start.atS;
  /** When a step was seen, unless only one end of its time is known. */
  let steppedS: number | undefined;
  /** Power of the last step. */
  let watts: number | undefined;
  let shown: Sample = { joules: 0, coveredS: 0 };
  let doubtJ = 0;
  let varianceJ2 = 0;
  watch.see(start.atS, start.value);

  const step = (nowS: number, delta: number): void => {
    if (steppedS !== undefined) {
      const gapS = nowS - steppedS;
      // Slow polls cannot see the period, and tell the time of a step badly: the usual one is a better guess.
      const periodS = watch.periodS() ?? (pollS >= facts.periodS / 2 ? facts.periodS : gapS);
      const spanS = Math.max(1, Math.round(gapS / periodS)) * periodS;
      const lastW = watts;
      watts = Math.min(delta / spanS, IMPOSSIBLE_W);
      varianceJ2 += unseenVariance(watts - (lastW ?? watts), periodS);
    }
    steppedS = nowS;
  };
  const compare = (nowS: number): void => {
    const read = facts.readW?.();
    // What the counter held in a gap, polls of power have missed.
    if (pollS > MOST_GAP_S) check = undefined;
    if (read === undefined) return;
    check ??= { curve: powerCurve(nowS, read, 0), fromJ: joules };
    check.curve.see(nowS, read, facts.periodS);
  };
  /** Joules by the power reading and by the counter, once they have been compared for long enough and disagree. */
  const disagreement = (): { readonly byPower: number; readonly byCounter: number } | undefined => {
    if (check === undefined || check.curve.coveredS() < COMPARED_S) return undefined;
    const byPower = check.curve.joules();
    const byCounter = joules - check.fromJ;
    return Math.abs(byPower - byCounter) > AGREEMENT * byCounter ? { byPower, byCounter } : undefined;
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
        compare(nowS);
      }
      const isStill = nowS - stillSinceS > STILL_S;
      if (isStill) losses.add("the counter stands still; that time is not covered");
      const periodS = watch.periodS() ?? facts.periodS;
      const sinceStepS = nowS - (steppedS ?? nowS);
      const goingOnW = sinceStepS <= 2 * periodS ? (watts ?? 0) : 0;
      const untilS = isStill ? stillSinceS + STILL_S : nowS;
      const other = disagreement();
      if (other !== undefined) doubtJ = Math.max(doubtJ, Math.abs(other.byPower - other.byCounter));
      const least = shown.joules + CATCHING_UP * goingOnW * Math.min(gapS, periodS);
      shown = {
        joules: Math.max(joules + goingOnW * Math.min(sinceStepS, periodS), least),
        coveredS: Math.max(shown.coveredS, untilS - start.atS - lostS),
        ...(doubtJ > 0 && { doubtJ }),
        ...(varianceJ2 > 0 && { varianceJ2 }),
      };
    },
    sample: () => shown,
    interval: (amount, windowS) => gpuInterval(facts, amount, windowS),
    notes() {
      const other = disagreement();
      if (other === undefined) return losses.all();
      const times = (other.byPower / other.byCounter).toFixed(2);
      return [
        `the board's power reading tells ${times} times the energy of its counter; the interval holds both`,
        ...losses.all(),
      ];
    },
  };
}
