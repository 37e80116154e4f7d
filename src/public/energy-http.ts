/**
 * `frugal/energy/http`: what single requests cost, by the meter of `frugal/energy`.
 *
 *     app.use(nodeBilling({ onBill: ({ url, joules }) => console.log(url, joules?.value) }));
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
import type { OpenMeter } from "../energy/open-meter.ts";
import { type BillingOptions, billing } from "../energy/request-billing.ts";
import { meter } from "./energy.ts";

export type { RequestBill } from "../energy/request-billing.ts";
export type { BillingOptions, FastifyPlugin, HonoMiddleware, NodeMiddleware };

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
