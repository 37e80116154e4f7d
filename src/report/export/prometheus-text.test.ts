import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { NASTY, sampleSpan } from "../../../test/support/sample-span.ts";
import { liveMetrics } from "./live-metrics.ts";
import type { MetricFamily } from "./metric-family.ts";
import { toPrometheus } from "./prometheus-text.ts";
import { receiptMetrics } from "./receipt-metrics.ts";

const GOLDEN = "../../../test/golden";
const { energy } = sampleReceipt();
const unread = sampleReceipt({
  energy: { parts: energy.parts.slice(2), status: "unavailable", shared: false },
});
const nasty = sampleReceipt({ subject: { type: "command", id: NASTY }, kind: "track" });

// Both goldens pass `promtool check metrics` (Prometheus 2.42) without a remark.
test("receipts as counters look as reviewed", async () => {
  const receipts = [sampleReceipt(), sampleReceipt({ seeds: { other: 1 } }), unread, nasty];
  const text = toPrometheus(receiptMetrics(receipts).families);
  await expect(text).toMatchFileSnapshot(`${GOLDEN}/export-receipts.prom`);
});

test("a live meter looks as reviewed", async () => {
  await expect(toPrometheus(liveMetrics(sampleSpan(true)).families)).toMatchFileSnapshot(
    `${GOLDEN}/export-live.prom`,
  );
});

const family = (labels: Record<string, string>, value: number): MetricFamily => ({
  name: "frugal_x",
  otelName: "frugal.x",
  unit: "1",
  kind: "gauge",
  help: "One\nline \\ only.",
  samples: [{ labels, value }],
});

/** A reader of label values, by the format's own three escapes. */
function readLabels(line: string): Record<string, string> {
  const pairs = [...line.matchAll(/(\w+)="((?:[^"\\\n]|\\[\\"n])*)"/g)];
  return Object.fromEntries(
    pairs.map(([, name, text]) => [
      name!,
      text!.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter)),
    ]),
  );
}

test("every label value comes back as it was, from a single line", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (text, value) => {
        const lines = toPrometheus([family({ name: text, other: "x" }, value)]).split("\n");
        expect(lines).toHaveLength(4);
        expect(readLabels(lines[2]!)).toEqual({ name: text, other: "x" });
        expect(Number(lines[2]!.split(" ").at(-1)) === value).toBe(true);
      },
    ),
  );
});

test("help stays on its line; a value that is no number is no sample, and no sample is no family", () => {
  expect(toPrometheus([family({}, 1)])).toBe(
    "# HELP frugal_x One\\nline \\\\ only.\n# TYPE frugal_x gauge\nfrugal_x 1\n",
  );
  expect(toPrometheus([family({}, Number.NaN), family({}, Number.POSITIVE_INFINITY)])).toBe("");
  expect(toPrometheus([])).toBe("");
});

test("energy that nobody could read is absent, and a counter says so", () => {
  const text = toPrometheus(receiptMetrics([unread]).families);
  expect(text).not.toContain("joules");
  expect(text).toContain('frugal_runs_without_energy_total{kind="run",subject="tiny-model"} 1\n');
  const live = toPrometheus(
    liveMetrics({ ...sampleSpan(), readings: sampleSpan().readings.slice(2) }).families,
  );
  expect(live).not.toContain("joules");
  expect(live).toContain('frugal_reading_up{component="gpu",source="nvml"} 0\n');
});

test("as receipts are added no counter goes down, and no series appears twice", () => {
  const receipts = [sampleReceipt(), unread, nasty, sampleReceipt({ seeds: { other: 2 } })];
  let before = new Map<string, number>();
  receipts.forEach((_, at) => {
    const lines = toPrometheus(receiptMetrics(receipts.slice(0, at + 1)).families)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const found = new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
    );
    expect(found.size).toBe(lines.length);
    for (const [series, value] of before) expect(found.get(series)).toBeGreaterThanOrEqual(value);
    before = found;
  });
});

test("counters end in _total and gauges do not; energy is in joules, emissions in grams, time in seconds", () => {
  const families = [...receiptMetrics([sampleReceipt()]).families, ...liveMetrics(sampleSpan(true)).families];
  for (const { name, kind, unit } of families) {
    expect([name, name.endsWith("_total")]).toEqual([name, kind === "counter"]);
    const word = { J: "_joules", g: "_grams", s: "_seconds" }[unit] ?? "";
    expect(name).toContain(word);
  }
});
