/**
 * Billing of requests for node:http, Express, Fastify and Hono. None of them is imported: the interfaces below are the
 * part of each that is used, as documented by them.
 */
import type { BilledRequest, Billing } from "./request-billing.ts";

/** The meter may have to be opened first; after the first request it is there. */
export type ReadyBilling = { readonly now: Billing | undefined; readonly opening: Promise<Billing> };

export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** As in node:http, `ServerResponse`; Express hands out the same. */
export interface NodeResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  addTrailers(trailers: Record<string, string>): void;
  // biome-ignore lint/suspicious/noExplicitAny: overloads of the real method, which are passed through.
  writeHead: (...args: any[]) => any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  end: (...args: any[]) => any;
  once(event: "close", listener: () => void): unknown;
}

export type NodeMiddleware = (
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/** `app.use(…)` of Express and Connect; for node:http wrap the listener: `createServer((q, s) => bill(q, s, () => listener(q, s)))`. */
export const nodeBilling =
  (billing: () => ReadyBilling): NodeMiddleware =>
  (request, response, next) => {
    const { now, opening } = billing();
    if (now !== undefined) billNode(now, request, response, next);
    else opening.then((ready) => billNode(ready, request, response, next), next);
  };

function billNode(
  { header, trailer, start }: Billing,
  request: NodeRequest,
  response: NodeResponse,
  next: (error?: unknown) => void,
): void {
  const billed = start({ method: request.method ?? "", url: request.url ?? "" });
  response.once("close", () => billed.end(response.statusCode));
  const { writeHead, end } = response;
  response.writeHead = (...args) => {
    if (!response.headersSent)
      announce(billed, header, trailer, (name, value) => response.setHeader(name, value));
    return writeHead.apply(response, args);
  };
  if (trailer !== undefined) {
    response.end = (...args) => {
      const value = billed.headerValue();
      if (value !== undefined) response.addTrailers({ [trailer]: value });
      return end.apply(response, args);
    };
  }
  billed.run(next);
}

function announce(
  billed: BilledRequest,
  header: string | undefined,
  trailer: string | undefined,
  set: (name: string, value: string) => void,
): void {
  const value = header === undefined ? undefined : billed.headerValue();
  if (header !== undefined && value !== undefined) set(header, value);
  if (trailer !== undefined) set("trailer", trailer);
}

/** As in Fastify 4 and 5: instance, request and reply, as far as they are used. */
export interface FastifyLike {
  addHook(
    name: "onRequest",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
  addHook(
    name: "onSend",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, payload: unknown, done: () => void) => void,
  ): unknown;
  addHook(
    name: "onResponse",
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
}

export interface FastifyRequestLike {
  readonly method: string;
  readonly url: string;
}

export interface FastifyReplyLike {
  readonly statusCode: number;
  header(name: string, value: string): unknown;
}

export type FastifyPlugin = (instance: FastifyLike, options: unknown, done: (error?: Error) => void) => void;

/** `app.register(…)`. For all routes of the instance, as with fastify-plugin. Trailers are left to Fastify's own. */
export function fastifyBilling(billing: () => ReadyBilling): FastifyPlugin {
  const plugin: FastifyPlugin = (instance, _options, done) => {
    billing().opening.then((ready) => {
      hookFastify(instance, ready);
      done();
    }, done);
  };
  // What fastify-plugin sets, so that hooks reach beyond the plugin's own scope (Fastify, "Plugins").
  return Object.assign(plugin, { [Symbol.for("skip-override")]: true });
}

function hookFastify(instance: FastifyLike, { header, start }: Billing): void {
  const open = new WeakMap<object, BilledRequest>();
  instance.addHook("onRequest", (request, _reply, done) => {
    const billed = start({ method: request.method, url: request.url });
    open.set(request, billed);
    billed.run(done);
  });
  instance.addHook("onSend", (request, reply, _payload, done) => {
    const billed = open.get(request);
    if (billed !== undefined) announce(billed, header, undefined, (name, value) => reply.header(name, value));
    done();
  });
  instance.addHook("onResponse", (request, reply, done) => {
    open.get(request)?.end(reply.statusCode);
    done();
  });
}

/** As in Hono 4: the context, as far as it is used. */
export interface HonoContextLike {
  readonly req: { readonly method: string; readonly path: string };
  readonly res: { readonly status: number };
  header(name: string, value: string): void;
}

export type HonoMiddleware = (context: HonoContextLike, next: () => Promise<void>) => Promise<void>;

/** `app.use(…)`. Counts up to the answer that the handlers return; a body that streams on afterwards is not in it. */
export const honoBilling =
  (billing: () => ReadyBilling): HonoMiddleware =>
  async (context, next) => {
    const { header, start } = await billing().opening;
    const { method, path } = context.req;
    const billed = start({ method, url: path });
    try {
      await billed.run(next);
      announce(billed, header, undefined, (name, value) => context.header(name, value));
    } finally {
      billed.end(context.res.status);
    }
  };
