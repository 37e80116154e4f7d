/**
 * `frugal/energy`: what code costs.
 *
 *     import { track } from "frugal/energy";
 *     const { value, energy } = await track("answer", () => answer(question));
 *
 * Servers find middleware that bills requests in `frugal/energy/http`.
 */
import type { BudgetOptions, BudgetResult } from "../energy/budget.ts";
import { type LazyMeter, lazyMeter } from "../energy/lazy-meter.ts";
import { METERED_BY } from "../energy/metered-by.ts";
import { type MeterOptions, type OpenMeter, openMeter as openMeterIn } from "../energy/open-meter.ts";
import { nodeClock } from "../host/node-clock.ts";
import { nodeMeterWorld } from "../host/node-meter-world.ts";

export type { EnergyTotal } from "../core/energy-total.ts";
export { energyTotal } from "../core/energy-total.ts";
export type { Interval } from "../core/interval.ts";
export type { Meter, Reading, SpanEnergy, Split, SplitLine } from "../core/meter.ts";
export type { IdlePower } from "../energy/idle-power.ts";
export type { MeterResult, StartedSpan } from "../energy/open-meter.ts";
export type { Found, Sensor, SensorSource } from "../energy/sensor.ts";
export type { SpanSummary } from "../energy/span-summaries.ts";
export type { WorkloadChoice } from "../energy/workloads.ts";
export type { BudgetOptions, BudgetResult, LazyMeter, MeterOptions, OpenMeter };

/** The program's own meter: opened by its first use, sampling until it is closed, never keeping the program alive. */
export const meter: LazyMeter = lazyMeter(() => openMeter());

/** Runs `work` and tells what it cost: `const { value, energy } = await track("answer", work)`. */
export const track: LazyMeter["measure"] = meter.measure;

/** Runs `work(signal)` and aborts the signal when it has spent its joules; see `BudgetOptions`. */
export async function withBudget<T>(
  options: BudgetOptions,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<BudgetResult<T>> {
  const budget = await import("../energy/budget.ts");
  return await budget.withBudget(await meter.open(), nodeClock, options, work);
}

/** Measures this process and its children from now on; close it when done. */
export async function openMeter(options: MeterOptions = {}): Promise<OpenMeter> {
  const opened = await openMeterIn(nodeMeterWorld(), options);
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
