/** Which loads a calibration goes through, and for how long. */
import { LOADS, type Load } from "./load-kernels.ts";

export interface Step {
  readonly load: Load | "idle";
  /** Part of all CPU threads that is kept busy. */
  readonly level: number;
  readonly seconds: number;
}

const LEVELS = [0.25, 0.5, 0.75, 1] as const;
/** Idle comes first, in the middle and last: what drifts with time and warmth shows. */
const IDLE_AT = new Set([0, LOADS.length * 2, LOADS.length * LEVELS.length]);
const IDLE_STEPS = 3;
const STEPS = LOADS.length * LEVELS.length + IDLE_STEPS;
/** Steps of 4 s: shorter ones are all settling (see fit-windows.ts). */
export const LEAST_MINUTES = 1;

/**
 * Every kind of load at every level, in an order that is no staircase in time: level goes up while the kind changes with
 * each step, so that neither keeps step with how warm the machine has become.
 */
export function staircase(minutes: number): readonly Step[] {
  const seconds = (60 * minutes) / STEPS;
  const steps: Step[] = [];
  for (let at = 0; at <= LOADS.length * LEVELS.length; at++) {
    if (IDLE_AT.has(at)) steps.push({ load: "idle", level: 0, seconds });
    if (at === LOADS.length * LEVELS.length) break;
    const round = Math.floor(at / LEVELS.length);
    const place = at % LEVELS.length;
    steps.push({ load: LOADS[(place + round) % LOADS.length]!, level: LEVELS[place]!, seconds });
  }
  return steps;
}
