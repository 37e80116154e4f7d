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

/**
 * Keeps the stretch of lowest power. It bounds the idle power from above; below it lies what the work of that stretch
 * drew. The value takes the busy part of the power as work (as Kepler splits a node's energy by its usage ratio,
 * internal/monitor/node.go), which is exact for a machine that was idle and tends to 0 for one that never was.
 *
 * @param leastWorkWatts the least that a fully busy component can draw above idle.
 */
export function idleWatch(leastWorkWatts: number): IdleWatch {
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
      const busy = Number.isNaN(found.busy) ? 0 : found.busy;
      const value = found.watts * (1 - busy);
      const high = Math.max(value, found.watts - busy * leastWorkWatts);
      const said = Number.isNaN(found.busy) ? "how busy is unknown" : `at ${Math.round(busy * 100)} % busy`;
      return { watts: { low: 0, value, high }, from: `lowest observed, ${said}` };
    },
  };
}
