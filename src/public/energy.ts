/** `frugal/energy`: `const meter = await openMeter(); const { energy } = await meter.measure("work", work)`. */
import { carbonIntensity as carbonIntensityIn } from "../energy/grid-intensity.ts";
import { type MeterOptions, type OpenMeter, openMeter as openMeterIn } from "../energy/open-meter.ts";
import { nodeWorld } from "../host/node-world.ts";
import type { CarbonIntensity } from "../receipt/build-receipt.ts";

export type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
export type { MeterResult, SpanSummary } from "../energy/open-meter.ts";
export type { CarbonIntensity, MeterOptions, OpenMeter };

/** Measures this process and its children from now on; close it when done. */
export const openMeter = (options: MeterOptions = {}): Promise<OpenMeter> =>
  openMeterIn(nodeWorld(), options);

/** Grid intensity where this user is: `zone`, else FRUGAL_ZONE, else config.json, else the world mean, which says so. */
export const carbonIntensity = (zone?: string): Promise<CarbonIntensity> =>
  carbonIntensityIn(nodeWorld(), zone);
