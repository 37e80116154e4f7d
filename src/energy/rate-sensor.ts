import { messageOf } from "../core/error.ts";
import { noteList } from "./note-list.ts";
import type { Sample, Sensor } from "./sensor.ts";

export interface RateFacts
  extends Pick<Sensor, "component" | "boundary" | "method" | "source" | "remedy" | "idle"> {
  readonly interval: Sensor["interval"];
  readonly doubts: readonly string[];
  /** Cumulative joules of the model at `nowS`; may throw. */
  readonly joulesAt: (nowS: number) => number;
  /** Seconds that those account for; all since the opening unless told. */
  readonly coveredAt?: (nowS: number) => number;
  readonly notesOf: () => readonly string[];
}

/** A sensor from a cumulative model: a failed read is made up for by the next good one. Opens at `startS`. */
export function rateSensor(facts: RateFacts, startS: number): Sensor {
  const { component, boundary, method, source, remedy, interval } = facts;
  const failures = noteList();
  let last: Sample = { joules: 0, coveredS: 0 };
  return {
    component,
    boundary,
    method,
    source,
    remedy,
    interval,
    ...(facts.idle && { idle: facts.idle }),
    sample(nowS) {
      try {
        const joules = facts.joulesAt(nowS);
        if (!Number.isFinite(joules)) throw new Error("the model gave no finite number");
        last = {
          joules: Math.max(last.joules, joules),
          coveredS: Math.max(last.coveredS, facts.coveredAt?.(nowS) ?? nowS - startS),
        };
      } catch (thrown) {
        failures.add(`a sample failed: ${messageOf(thrown)}`);
      }
      return last;
    },
    notes: () => [...facts.doubts, ...facts.notesOf(), ...failures.all()],
  };
}
