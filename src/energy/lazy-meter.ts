import type { Meter } from "../core/meter.ts";
import type { MeterResult, OpenMeter } from "./open-meter.ts";

/** A meter that is opened by its first use, so that importing it costs nothing. */
export interface LazyMeter extends Meter {
  /** The meter behind it, opened if it is not. */
  open(): Promise<OpenMeter>;
  /** The meter behind it, if it is open. */
  opened(): OpenMeter | undefined;
  /** Closes it and gives what was spent; undefined when it was never used. The next use opens a new one. */
  close(): Promise<MeterResult | undefined>;
}

/** @param openMeter may reject: then the use that wanted it rejects, and the next one tries again. */
export function lazyMeter(openMeter: () => Promise<OpenMeter>): LazyMeter {
  let opening: Promise<OpenMeter> | undefined;
  let current: OpenMeter | undefined;
  const open = (): Promise<OpenMeter> => {
    opening ??= openMeter().then(
      (meter) => {
        current = meter;
        return meter;
      },
      (thrown) => {
        opening = undefined;
        throw thrown;
      },
    );
    return opening;
  };
  return {
    open,
    opened: () => current,
    span: async (name, work) => await (current ?? (await open())).span(name, work),
    measure: async (name, work) => await (current ?? (await open())).measure(name, work),
    async close() {
      const closing = opening;
      opening = undefined;
      current = undefined;
      return await (await closing)?.close();
    },
  };
}
