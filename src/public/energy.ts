/** `frugal/energy`: `const meter = await openMeter(); const { energy } = await meter.measure("work", work)`. */
import {
  METERED_BY,
  type MeterOptions,
  type OpenMeter,
  openMeter as openMeterIn,
} from "../energy/open-meter.ts";
import { nodeWorld } from "../host/node-world.ts";
import type { CarbonIntensity } from "../receipt/build-receipt.ts";

export type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
export type { MeterResult, SpanSummary } from "../energy/open-meter.ts";
export type { CarbonIntensity, MeterOptions, OpenMeter };

/** Measures this process and its children from now on; close it when done. */
export async function openMeter(options: MeterOptions = {}): Promise<OpenMeter> {
  const opened = await openMeterIn(nodeWorld(), options);
  const unmark = markProcess();
  return {
    ...opened,
    async close() {
      unmark();
      return await opened.close();
    },
  };
}

let openMeters = 0;
let markBefore: string | undefined;

/** Processes that start while a meter is open are measured by it: their own meters must know, or both would be added up. */
function markProcess(): () => void {
  if (openMeters++ === 0) {
    markBefore = process.env[METERED_BY];
    process.env[METERED_BY] = String(process.pid);
  }
  let isMarked = true;
  return () => {
    if (!isMarked) return;
    isMarked = false;
    if (--openMeters > 0) return;
    if (markBefore === undefined) delete process.env[METERED_BY];
    else process.env[METERED_BY] = markBefore;
  };
}

/** Grid intensity where this user is: `zone`, else FRUGAL_ZONE, else config.json, else the world mean, which says so. */
export async function carbonIntensity(zone?: string): Promise<CarbonIntensity> {
  const carbon = await import("../energy/grid-intensity.ts");
  return await carbon.carbonIntensity(nodeWorld(), zone);
}
