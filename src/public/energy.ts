/**
 * `frugal/energy`: what code costs.
 *
 *     import { track } from "frugal/energy";
 *     const { value, energy } = await track("answer", () => answer(question));
 */
import {
  type FastifyPlugin,
  fastifyBilling as fastifyBillingOf,
  type HonoMiddleware,
  honoBilling as honoBillingOf,
  type NodeMiddleware,
  nodeBilling as nodeBillingOf,
  type ReadyBilling,
} from "../energy/bill-frameworks.ts";
import { type BudgetOptions, type BudgetResult, withBudget as withBudgetOf } from "../energy/budget.ts";
import { type LazyMeter, lazyMeter } from "../energy/lazy-meter.ts";
import {
  METERED_BY,
  type MeterOptions,
  type OpenMeter,
  openMeter as openMeterIn,
} from "../energy/open-meter.ts";
import { type BillingOptions, billing } from "../energy/request-billing.ts";
import { nodeWorld } from "../host/node-world.ts";

export type { EnergyTotal } from "../core/energy-total.ts";
export { energyTotal } from "../core/energy-total.ts";
export type { Interval } from "../core/interval.ts";
export type { Meter, Reading, SpanEnergy, Split, SplitLine } from "../core/meter.ts";
export type { IdlePower } from "../energy/idle-power.ts";
export type { MeterResult, SpanSummary, StartedSpan } from "../energy/open-meter.ts";
export type { RequestBill } from "../energy/request-billing.ts";
export type { Found, Sensor, SensorSource } from "../energy/sensor.ts";
export type { WorkloadChoice } from "../energy/workloads.ts";
export type {
  BillingOptions,
  BudgetOptions,
  BudgetResult,
  FastifyPlugin,
  HonoMiddleware,
  LazyMeter,
  MeterOptions,
  NodeMiddleware,
  OpenMeter,
};

/** The program's own meter: opened by its first use, sampling until it is closed, never keeping the program alive. */
export const meter: LazyMeter = lazyMeter(() => openMeter());

/** Runs `work` and tells what it cost: `const { value, energy } = await track("answer", work)`. */
export const track: LazyMeter["measure"] = meter.measure;

/** Runs `work(signal)` and aborts the signal when it has spent its joules; see `BudgetOptions`. */
export const withBudget = async <T>(
  options: BudgetOptions,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<BudgetResult<T>> => await withBudgetOf(await meter.open(), nodeWorld().clock, options, work);

/** Bills each request of an Express or Connect app, or of a node:http listener. */
export const nodeBilling = (options: BillingOptions = {}): NodeMiddleware => nodeBillingOf(ready(options));

/** Bills each request of a Fastify app: `app.register(fastifyBilling())`. */
export const fastifyBilling = (options: BillingOptions = {}): FastifyPlugin =>
  fastifyBillingOf(ready(options));

/** Bills each request of a Hono app: `app.use(honoBilling())`. */
export const honoBilling = (options: BillingOptions = {}): HonoMiddleware => honoBillingOf(ready(options));

function ready(options: BillingOptions): () => ReadyBilling {
  // The program's meter may be closed and opened anew between two requests.
  let made: { readonly of: OpenMeter; readonly billing: ReturnType<typeof billing> } | undefined;
  const over = (opened: OpenMeter): ReturnType<typeof billing> => {
    if (made?.of !== opened) made = { of: opened, billing: billing(opened, options) };
    return made.billing;
  };
  return () => {
    const opened = meter.opened();
    return { now: opened && over(opened), opening: meter.open().then(over) };
  };
}

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
