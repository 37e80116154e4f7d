import { EventEmitter, once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import {
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifyBilling,
  honoBilling,
  type NodeResponse,
  nodeBilling,
  type ReadyBilling,
} from "./bill-frameworks.ts";
import { openMeter } from "./open-meter.ts";
import { type BillingOptions, billing, type RequestBill } from "./request-billing.ts";

/** 10 W of CPU, always. */
async function billed(options: BillingOptions) {
  const world = fakeWorld({ env: { FRUGAL_CPU_WATTS: "10" }, machine: { residentBytes: () => 0 } });
  world.machine.processCpuSeconds = () => world.clock.now();
  const meter = await openMeter(world);
  const bills: RequestBill[] = [];
  const made = billing(meter, { ...options, onBill: (bill) => bills.push(bill) });
  const ready = (): ReadyBilling => ({ now: made, opening: Promise.resolve(made) });
  const settle = async (): Promise<void> => {
    world.clock.advance(0.2);
    for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
  };
  return { world, meter, bills, ready, settle };
}

async function serve(options: BillingOptions, spendS: number) {
  const setUp = await billed(options);
  const bill = nodeBilling(setUp.ready);
  const server = createServer((request, response) =>
    bill(request, response, () => {
      void setUp.meter.span("inside", () => setUp.world.clock.advance(spendS));
      response.statusCode = 201;
      response.write("hello ");
      response.end("world");
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<IncomingMessage>((done) =>
    get({ host: "127.0.0.1", port, path: "/a?b=1" }, done),
  );
  let body = "";
  answer.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  await once(answer, "end");
  server.close();
  await once(server, "close");
  await setUp.settle();
  return { ...setUp, answer, body };
}

test("node:http: each request is billed with its energy, and work inside is its child", async () => {
  const { bills, answer, body, meter } = await serve({}, 2);
  expect([answer.statusCode, body, answer.headers["x-energy-microjoules"]]).toEqual([
    201,
    "hello world",
    undefined,
  ]);
  expect(bills).toMatchObject([{ name: "request", method: "GET", url: "/a?b=1", status: 201 }]);
  expect(bills[0]?.joules?.value).toBeCloseTo(20, 3);
  const { spans } = await meter.close();
  expect(spans.map((span) => span.path.join("/"))).toEqual(["request", "request/inside"]);
});

test("node:http: header and trailer carry the energy with its interval, when asked for", async () => {
  const { answer } = await serve(
    { header: true, trailer: "x-joules-in-all", name: ({ method }) => method },
    3,
  );
  expect(answer.headers["x-energy-microjoules"]).toMatch(/^30000000;low=21000000;high=39000000$/);
  expect(answer.headers["trailer"]).toBe("x-joules-in-all");
  expect(answer.trailers["x-joules-in-all"]).toMatch(/^30000000;/);
});

test("node:http: a client that goes away in the middle is billed as well", async () => {
  const { bills, ready, settle, world } = await billed({});
  const response = Object.assign(new EventEmitter(), {
    statusCode: 200, headersSent: false, setHeader: () => {}, addTrailers: () => {}, writeHead: () => {}, end: () => {},
  }) as unknown as NodeResponse & EventEmitter; // biome-ignore format: one record
  nodeBilling(ready)({ method: "GET", url: "/" }, response, () => world.clock.advance(1));
  response.emit("close");
  await settle();
  expect(bills[0]?.joules?.value).toBeCloseTo(10, 6);
});

test("two requests at the same time share the energy and are marked", async () => {
  const { bills, ready, settle, world } = await billed({});
  const { start } = ready().now!;
  const [first, second] = [start({ method: "GET", url: "/1" }), start({ method: "GET", url: "/2" })];
  world.clock.advance(1);
  first.end(200);
  second.end(200);
  first.end(200);
  await settle();
  expect(bills.map((bill) => [bill.energy.shared, Math.round(bill.joules!.value)])).toEqual([
    [true, 5],
    [true, 5],
  ]);
});

test("Fastify: hooks open, announce and end a request, beyond the plugin's own scope", async () => {
  const { bills, ready, settle, world } = await billed({ header: true });
  type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, ...rest: unknown[]) => void;
  const hooks = new Map<string, Hook>();
  const plugin = fastifyBilling(ready);
  expect((plugin as unknown as Record<symbol, unknown>)[Symbol.for("skip-override")]).toBe(true);
  await new Promise<void>((done) =>
    plugin({ addHook: (name: string, hook: Hook) => hooks.set(name, hook) } as never, {}, () => done()),
  );
  const request = { method: "POST", url: "/infer" };
  const headers = new Headers();
  const reply = { statusCode: 200, header: (name: string, value: string) => headers.set(name, value) };
  await new Promise<void>((done) => hooks.get("onRequest")!(request, reply, done));
  world.clock.advance(1);
  await new Promise<void>((done) => hooks.get("onSend")!(request, reply, "body", done));
  await new Promise<void>((done) => hooks.get("onResponse")!(request, reply, done));
  await settle();
  expect(headers.get("x-energy-microjoules")).toMatch(/^10000000;/);
  expect(bills).toMatchObject([{ method: "POST", url: "/infer", status: 200 }]);
});

test("Hono: the middleware counts the handlers, also one that throws", async () => {
  const { bills, ready, settle, world } = await billed({ header: "x-cost" });
  const headers = new Headers();
  const context = {
    req: { method: "GET", path: "/x" },
    res: { status: 200 },
    header: (name: string, value: string) => headers.set(name, value),
  };
  const middleware = honoBilling(ready);
  await middleware(context, async () => world.clock.advance(1));
  const failure = new Error("handler");
  await expect(middleware(context, () => Promise.reject(failure))).rejects.toBe(failure);
  await settle();
  expect(headers.get("x-cost")).toMatch(/^10000000;/);
  expect(bills).toHaveLength(2);
});

test("a request that comes before the meter is open waits for it; one that cannot be opened is the framework's error", async () => {
  const { ready } = await billed({});
  const opening = Promise.resolve(ready().now!);
  const response = Object.assign(new EventEmitter(), { statusCode: 200 }) as unknown as NodeResponse;
  await new Promise<void>((done) =>
    nodeBilling(() => ({ now: undefined, opening }))({}, response, () => done()),
  );
  const failure = new Error("no meter");
  const refused = Promise.reject(failure);
  const given = await new Promise((done) =>
    nodeBilling(() => ({ now: undefined, opening: refused }))({}, response, done),
  );
  expect(given).toBe(failure);
});
