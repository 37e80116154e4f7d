/** `frugal/energy`: `const meter = await openMeter(); const { energy } = await meter.measure("work", work)`. */
import { type MeterOptions, type OpenMeter, openMeter as openMeterIn } from "../energy/open-meter.ts";
import { nodeWorld } from "../host/node-world.ts";

export type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
export type { MeterResult, SpanSummary } from "../energy/open-meter.ts";
export type { MeterOptions, OpenMeter };

/** Measures this process and its children from now on; close it when done. */
export const openMeter = (options: MeterOptions = {}): Promise<OpenMeter> =>
  openMeterIn(nodeWorld(), options);
