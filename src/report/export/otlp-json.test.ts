import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { sampleSpan } from "../../../test/support/sample-span.ts";
import { liveMetrics } from "./live-metrics.ts";
import { toOtlp } from "./otlp-json.ts";
import { receiptMetrics } from "./receipt-metrics.ts";

const GOLDEN = "../../../test/golden";
const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
}
interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble: number;
}
const metricsOf = (otlp: object): readonly Metric[] =>
  JSON.parse(JSON.stringify(otlp)).resourceMetrics[0].scopeMetrics[0].metrics;
const attributes = (point: Point) =>
  Object.fromEntries(point.attributes.map(({ key, value }) => [key, value.stringValue]));

// Both goldens decode with opentelemetry-proto (ac2c4b5, ExportMetricsServiceRequest) without an unknown field, and encode to the same JSON.
test("receipts and a live meter look as reviewed", async () => {
  await expect(text(toOtlp(receiptMetrics([sampleReceipt()])))).toMatchFileSnapshot(
    `${GOLDEN}/export-receipts.otlp.json`,
  );
  await expect(text(toOtlp(liveMetrics(sampleSpan(true)), { "host.name": "a" }))).toMatchFileSnapshot(
    `${GOLDEN}/export-live.otlp.json`,
  );
});

test("energy of whole components and hosts has the names of the hardware conventions, a process tree's has its own", () => {
  const metrics = metricsOf(toOtlp(liveMetrics(sampleSpan(true))));
  const points = (name: string) => metrics.find((metric) => metric.name === name)?.sum?.dataPoints ?? [];
  expect(points("hw.energy").map(attributes)).toEqual([
    { "hw.id": "powercap:package-0", "hw.type": "cpu", "frugal.method": "counter" },
  ]);
  expect(points("hw.host.energy").map(attributes)).toEqual([
    { "hw.id": "redfish", "frugal.method": "integrated" },
  ]);
  expect(points("frugal.component.energy").map(attributes)).toEqual([
    {
      "frugal.component": "ram",
      "frugal.source": "resident memory × 0.392 W/GB",
      "frugal.boundary": "process-tree",
      "frugal.method": "modelled",
    },
  ]);
  expect(metrics.filter(({ name }) => name === "frugal.node.energy")).toEqual([]);
});

test("counters count from the start of the first run to the end of the last, in nanoseconds as text", () => {
  const later = sampleReceipt({ started_at: "2026-01-02T04:00:00.000Z", duration_s: 0.25 });
  const metrics = metricsOf(toOtlp(receiptMetrics([later, sampleReceipt()])));
  for (const metric of metrics) {
    expect(metric.sum?.isMonotonic).toBe(true);
    for (const { startTimeUnixNano, timeUnixNano } of metric.sum!.dataPoints) {
      expect(startTimeUnixNano).toBe(`${Date.parse("2026-01-02T03:04:05.678Z")}000000`);
      expect(timeUnixNano).toBe(`${Date.parse("2026-01-02T04:00:00.250Z")}000000`);
    }
  }
});

test("what nobody could read has no metric", () => {
  const span = { ...sampleSpan(), readings: sampleSpan().readings.slice(2) };
  const names = metricsOf(toOtlp(liveMetrics(span))).map(({ name }) => name);
  expect(names.filter((name) => name.includes("energy"))).toEqual([]);
  expect(names).toContain("frugal.reading.up");
});
