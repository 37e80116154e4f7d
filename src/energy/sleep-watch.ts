import type { Files } from "../core/ports.ts";

export interface SleepWatch {
  /** Whether the machine slept (suspend to memory or disk) since the last call. Never throws. */
  sleptUntil(nowS: number): boolean;
}

/** /proc/uptime has steps of 10 ms, and a busy program may pause between reading two clocks: our choice. */
const LEAST_S = 3;

/**
 * Sleep shows as a difference of two clocks of Linux: the monotonic one of `nowS` stands still (CLOCK_MONOTONIC),
 * /proc/uptime goes on (CLOCK_BOOTTIME; clock_gettime(2), proc_uptime(5)). Elsewhere nothing is seen.
 */
export function sleepWatch(files: Pick<Files, "readTextSync">, startS: number): SleepWatch {
  const asleepAt = (nowS: number): number => {
    try {
      return Number.parseFloat(files.readTextSync("/proc/uptime")) - nowS;
    } catch {
      return Number.NaN;
    }
  };
  let last = asleepAt(startS);
  return {
    sleptUntil(nowS) {
      const now = asleepAt(nowS);
      if (Number.isNaN(now)) return false;
      const slept = now - last > LEAST_S;
      // A clock that ran behind by a pause must not hide the next sleep.
      last = Number.isNaN(last) || slept ? now : Math.min(last, now);
      return slept;
    },
  };
}
