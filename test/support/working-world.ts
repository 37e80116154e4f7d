/** A fake world in which work costs: time passes and the process uses CPU seconds only as told. */
import { type FakeOptions, type FakeWorld, fakeWorld } from "./fake-world.ts";

export interface WorkingWorld extends FakeWorld {
  /** Works for so long, on one thread. */
  work(seconds: number): void;
}

export function workingWorld(options: FakeOptions = {}): WorkingWorld {
  let cpuS = 0;
  const world = fakeWorld({
    ...options,
    machine: { residentBytes: () => 0, ...options.machine, processCpuSeconds: () => cpuS },
  });
  return {
    ...world,
    work(seconds) {
      cpuS += seconds;
      world.clock.advance(seconds);
    },
  };
}
