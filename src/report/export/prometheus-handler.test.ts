import { expect, test } from "vitest";
import { sampleSpan } from "../../../test/support/sample-span.ts";
import { scale } from "../../core/interval.ts";
import type { SpanEnergy } from "../../core/meter.ts";
import { prometheusHandler } from "./prometheus-handler.ts";

const request = (method = "GET") => new Request("http://localhost/metrics", { method });
const times = (factor: number): SpanEnergy => ({
  ...sampleSpan(),
  readings: sampleSpan().readings.map((reading) =>
    reading.kind === "available" ? { ...reading, joules: scale(reading.joules, factor) } : reading,
  ),
});
const seriesOf = (text: string, series: string) =>
  Number(new RegExp(`^${series} (.+)$`, "m").exec(text)?.[1]);

test("a scrape answers with the meter's readings of that moment", async () => {
  let factor = 1;
  const handler = prometheusHandler(async () => times(factor));
  const first = await handler(request());
  expect([first.status, first.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  expect(seriesOf(await first.text(), "frugal_energy_joules_total")).toBe(124);
  factor = 2;
  expect(seriesOf(await (await handler(request())).text(), "frugal_energy_joules_total")).toBe(248);
});

test("a total that comes from another instrument never looks like a restart", async () => {
  const spans = [times(2), times(1), times(3)];
  const handler = prometheusHandler(() => spans.shift()!);
  const scraped = [];
  for (let at = 0; at < 3; at++) {
    const text = await (await handler(request())).text();
    scraped.push([seriesOf(text, "frugal_energy_joules_total"), seriesOf(text, "frugal_energy_high_joules")]);
  }
  expect(scraped.map(([total]) => total)).toEqual([248, 248, 372]);
  // A gauge says what is known now.
  expect(scraped[1]![1]).toBeLessThan(scraped[0]![1]!);
});

test("HEAD has no body, other methods are refused", async () => {
  const handler = prometheusHandler(() => sampleSpan());
  const head = await handler(request("HEAD"));
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const post = await handler(request("POST"));
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("a meter that fails makes the scrape fail, so that up becomes 0", async () => {
  const handler = prometheusHandler(() => {
    throw new Error("it is closed");
  });
  const { status } = await handler(request());
  expect(status).toBe(503);
});
