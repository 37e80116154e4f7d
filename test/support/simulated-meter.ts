/** An external meter whose true energy is known: it has a reading each second, as a logger or a plug does. */
import type { SteppedClock } from "./fake-world.ts";
import { settle } from "./settle.ts";

export interface SimulatedMeter {
  /** Draws and moves the clock, in steps short enough for every timer. */
  draw(watts: number, seconds: number): Promise<void>;
  /** Joules so far. */
  joules(): number;
  /** Mean power of the last whole second. */
  watts(): number;
}

const STEP_S = 0.25;

/** @param onReading called each whole second of the clock, with that second's mean power and all joules so far. */
export function simulatedMeter(
  clock: SteppedClock,
  startW: number,
  onReading: (watts: number, joules: number) => void = () => {},
): SimulatedMeter {
  let joules = 0;
  let atLastReading = 0;
  let watts = startW;
  const untilReading = (): number => 1 - (clock.now() % 1);
  return {
    joules: () => joules,
    watts: () => watts,
    async draw(drawn, seconds) {
      for (let left = seconds; left > 1e-9; ) {
        const step = Math.min(left, STEP_S, untilReading());
        joules += drawn * step;
        const isReading = step >= untilReading() - 1e-9;
        if (isReading) {
          watts = joules - atLastReading;
          atLastReading = joules;
          onReading(watts, joules);
        }
        clock.advance(step);
        await settle(1);
        left -= step;
      }
      await settle();
    },
  };
}
