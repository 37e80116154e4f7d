import { FrugalError, messageOf } from "../../core/error.ts";
import type { Interval } from "../../core/interval.ts";
import type { Clock } from "../../core/ports.ts";
import { noteList } from "../note-list.ts";
import type { Sensor } from "../sensor.ts";
import type { MeterFeed } from "./meter-feed.ts";
import { meterSeries } from "./meter-series.ts";

/** How a meter is read and spoken of. */
export interface MeterFacts extends Pick<Sensor, "source" | "remedy"> {
  /** Relative half-width, nominal 95 %, of the meter itself. */
  readonly accuracy: number;
  /** Seconds between two looks. */
  readonly everyS: number;
}

/**
 * Periods of mean power that the two edges of a window may miss together, 95 % of the time: fitted on the simulated
 * meters of meter-sensor.test.ts.
 */
const EDGES = 1.25;

/**
 * The whole machine as a meter outside of it, or at its supply, sees it. The meter is asked in the background; a sample only looks at what has
 * come, so that a slow network costs the measured program nothing.
 */
export function meterSensor(
  feed: MeterFeed,
  facts: MeterFacts,
  at: { readonly clock: Clock; readonly startS: number },
): Sensor {
  const { clock, startS } = at;
  const { source, remedy, accuracy, everyS } = facts;
  const series = meterSeries(feed.quantity, startS, feed.periodS);
  const failures = noteList();
  let isFailing = false;
  let isAsking = false;
  let last = series.sample(startS);

  const poll = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      const points = await feed.poll();
      series.add(points, clock.now());
      isFailing = false;
    } catch (thrown) {
      isFailing = true;
      // An address is for messages on a screen, not for receipts.
      failures.add(`a reading failed: ${thrown instanceof FrugalError ? thrown.why : messageOf(thrown)}`);
    } finally {
      isAsking = false;
    }
  };
  const stopPolling = clock.every(1_000 * everyS, () => void poll());
  void poll();
  return {
    component: "node",
    boundary: "machine",
    method: feed.quantity === "power" ? "integrated" : "counter",
    source,
    remedy,
    interval: (joules, windowS) => meterInterval(joules, windowS, { ...feed, accuracy }),
    sample(nowS) {
      if (!isFailing) last = series.sample(nowS);
      return last;
    },
    notes: () => [...feed.notes(), ...series.notes(), ...failures.all()],
    close() {
      stopPolling();
      feed.close?.();
    },
  };
}

/** The meter's own error, and what its steps or its period leave open at the two edges of a window; independent. */
export function meterInterval(
  joules: number,
  windowS: number | undefined,
  meter: Pick<MeterFeed, "periodS" | "stepJ"> & { readonly accuracy: number },
): Interval {
  const perPeriodJ =
    windowS === undefined || windowS <= 0 ? 0 : joules * Math.min(1, meter.periodS / windowS);
  const edges = Math.max(EDGES * perPeriodJ, meter.stepJ);
  const half = Math.hypot(meter.accuracy * joules, edges);
  return { low: Math.max(0, joules - half), value: joules, high: joules + half };
}
