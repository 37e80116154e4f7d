import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import type { Fetch } from "../../core/ports.ts";
import { type PushTarget, type PushWorld, pushOtlp, pushPrometheus } from "./push.ts";
import { receiptMetrics } from "./receipt-metrics.ts";

const { families } = receiptMetrics([sampleReceipt()]);

interface Sent {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Record<string, string> };
}

function world(answer: (signal: AbortSignal) => Response | Promise<Response>, env = {}) {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, init) => {
    sent.push({ url, init: init as Sent["init"] });
    return await answer(init!.signal!);
  };
  // No answer within the time limit: a test ends it at once by `late`.
  let late: () => void = () => {};
  const sleep: PushWorld["clock"]["sleep"] = (_ms, signal) =>
    new Promise((resolve, reject) => {
      late = resolve;
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  return { sent, late: () => late(), world: { fetch, env, clock: { sleep } } };
}
const silent = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const target = (url: string, more: Partial<PushTarget> = {}): PushTarget => ({ url, ...more });

test.each([
  ["http://h:9091", "http://h:9091/metrics/job/frugal"],
  ["http://h/prefix/", "http://h/prefix/metrics/job/frugal"],
  ["http://h/metrics/job/nightly/instance/a", "http://h/metrics/job/nightly/instance/a"],
  ["http://h/metrics/job@base64/YS9i", "http://h/metrics/job@base64/YS9i"],
])("a Pushgateway at %s gets a PUT of the exposition to %s", async (url, to) => {
  const { world: here, sent } = world(() => new Response(null, { status: 200 }));
  await pushPrometheus(here, target(url), families);
  expect(sent.map((each) => [each.init.method, each.url])).toEqual([["PUT", to]]);
  expect(sent[0]!.init.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(String(sent[0]!.init.body)).toMatch(/^# HELP [\s\S]+\n$/);
});

test.each([
  ["http://h:4318", "http://h:4318/v1/metrics"],
  ["https://h/otlp/v1/metrics", "https://h/otlp/v1/metrics"],
])("a collector at %s gets a POST of JSON to %s", async (url, to) => {
  const { world: here, sent } = world(() => new Response("{}"));
  await pushOtlp(here, target(url, { headers: { "x-key": "k" } }), { resourceMetrics: [] });
  expect(sent[0]).toMatchObject({
    url: to,
    init: {
      method: "POST",
      body: '{"resourceMetrics":[]}',
      headers: { "content-type": "application/json", "x-key": "k" },
      redirect: "manual",
    },
  });
});

test("user and password leave the address and become Basic authentication, in UTF-8", async () => {
  const { world: here, sent } = world(() => new Response());
  await pushPrometheus(here, target("http://me:p%C3%A4ss%3A@h"), families);
  expect(sent[0]!.url).toBe("http://h/metrics/job/frugal");
  const [, encoded] = sent[0]!.init.headers["authorization"]!.split(" ");
  expect(Buffer.from(encoded!, "base64").toString("utf8")).toBe("me:päss:");
});

test.each([
  ['{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"delta"}}', "rejected 3 data points: delta"],
  ['{"partialSuccess":{"rejectedDataPoints":2}}', "rejected 2 data points: no reason given"],
])("a collector that answers %s has refused", async (body, words) => {
  const { world: here } = world(() => new Response(body));
  await expect(pushOtlp(here, target("http://h"), {})).rejects.toMatchObject({
    code: "export-refused",
    message: expect.stringContaining(words),
  });
});

test.each(["", "ok", "{}", '{"partialSuccess":{"errorMessage":"a warning"}}', "null"])(
  "a collector that answers %j has taken all",
  async (body) => {
    const { world: here } = world(() => new Response(body));
    await pushOtlp(here, target("http://h"), {});
  },
);

test("a redirect is not followed", async () => {
  const { world: here, sent } = world(
    () => new Response(null, { status: 307, headers: { location: "http://elsewhere" } }),
  );
  await expect(pushPrometheus(here, target("http://h"), families)).rejects.toThrow("it answered 307");
  expect(sent).toHaveLength(1);
});

test("a refusal carries the status and the start of what was said, and no secret of the address", async () => {
  const { world: here } = world(() => new Response(`bad ${"x".repeat(500)}`, { status: 400 }));
  const failed = pushPrometheus(here, target("http://me:secret@h/?token=secret"), families);
  await expect(failed).rejects.toMatchObject({ code: "export-refused" });
  const { message } = await failed.catch((thrown) => thrown);
  expect(message).toMatch(/^pushing to http:\/\/h\/metrics\/job\/frugal: it answered 400: bad x{196}$/);
});

test("no connection, no answer in time and offline mode are named as such", async () => {
  const cause = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
  const broken = world(() => {
    throw new TypeError("fetch failed", { cause });
  });
  await expect(pushOtlp(broken.world, target("http://h"), {})).rejects.toMatchObject({
    code: "network-unavailable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
  const slow = world(silent);
  const pushing = pushOtlp(slow.world, target("http://h"), {});
  slow.late();
  await expect(pushing).rejects.toMatchObject({ message: expect.stringContaining("no answer within 10 s") });
  const offline = world(() => new Response(), { FRUGAL_OFFLINE: "1" });
  await expect(pushOtlp(offline.world, target("http://h"), {})).rejects.toThrow("offline");
  expect(offline.sent).toEqual([]);
});

test("an interrupted push ends as interrupted", async () => {
  const { world: here, sent } = world(silent);
  const stop = new AbortController();
  const pushing = pushOtlp(here, target("http://h", { signal: stop.signal }), {});
  stop.abort();
  await expect(pushing).rejects.toMatchObject({ code: "aborted" });
  await expect(pushOtlp(here, target("http://h", { signal: stop.signal }), {})).rejects.toMatchObject({
    code: "aborted",
  });
  expect(sent).toHaveLength(1);
});

test.each(["h:9091", "ftp://h", "", "//h"])("%j is no address", async (url) => {
  const { world: here } = world(() => new Response());
  await expect(pushPrometheus(here, target(url), families)).rejects.toMatchObject({ code: "bad-option" });
});
