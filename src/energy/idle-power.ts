import type { Interval } from "../core/interval.ts";

/** What a component draws without any work, and how that is known. */
export interface IdlePower {
  /** Watts, nominal 95 %. */
  readonly watts: Interval;
  /** `lowest observed, at 4 % busy`, `calibrated 2026-05-01`. */
  readonly from: string;
}

export interface IdleWatch {
  /** @param busy part of the component that was busy, 0 … 1; NaN where nobody knows. */
  see(seconds: number, joules: number, busy: number): void;
  /** Undefined until something was seen. */
  lowest(): IdlePower | undefined;
}

/** Counters move in steps and CPU time in ticks of 10 ms: shorter stretches show these, not the power. Our choice. */
const STRETCH_S = 1;

interface Stretch {
  readonly watts: number;
  readonly busy: number;
}

/** What a fully busy component draws above idle, from the least to the most that any such component does. */
export interface WorkPower {
  readonly least: number;
  readonly most: number;
}

/**
 * Keeps the stretch of lowest power; below it lies what the work of that stretch drew. The value takes the busy part of
 * the power as work (as Kepler splits a node's energy by its usage ratio, internal/monitor/node.go): exact for a machine
 * that was idle, towards 0 for one that never was. The interval takes as work the least and the most that it can be.
 */
export function idleWatch(work: WorkPower): IdleWatch {
  let seconds = 0;
  let joules = 0;
  let busySeconds = 0;
  let lowest: Stretch | undefined;
  const current = (): Stretch | undefined =>
    seconds > 0 ? { watts: joules / seconds, busy: busySeconds / seconds } : undefined;
  return {
    see(length, amount, busy) {
      if (!(length > 0)) return;
      seconds += length;
      joules += amount;
      busySeconds += length * Math.min(1, Math.max(0, busy));
      // A slow meter stands still between its steps: a stretch ends with a step, so that it holds whole ones.
      if (seconds < STRETCH_S || amount <= 0) return;
      const stretch = current()!;
      if (lowest === undefined || stretch.watts < lowest.watts) lowest = stretch;
      [seconds, joules, busySeconds] = [0, 0, 0];
    },
    lowest() {
      const found = lowest ?? current();
      if (found === undefined) return undefined;
      const { watts, busy } = found;
      if (Number.isNaN(busy)) {
        return { watts: { low: 0, value: watts, high: watts }, from: "lowest observed, how busy is unknown" };
      }
      const low = busy > 0 ? Math.max(0, watts - busy * work.most) : watts;
      const high = Math.max(low, watts - busy * work.least);
      const value = Math.min(high, Math.max(low, watts * (1 - busy)));
      return { watts: { low, value, high }, from: `lowest observed, at ${Math.round(busy * 100)} % busy` };
    },
  };
}
