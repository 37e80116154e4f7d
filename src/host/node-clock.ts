import type { Clock } from "../core/ports.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000;

export const nodeClock: Clock = {
  // Not performance.now(): that one counts from the start of its own thread.
  now() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds + nanoseconds / NANOSECONDS_PER_SECOND;
  },
  stamp: () => new Date().toISOString(),
  every(periodMs, tick) {
    const timer = setInterval(tick, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};
