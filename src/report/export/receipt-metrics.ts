/** Receipts → counters over all of them. A receipt without energy adds to no counter of energy, and to one that says so. */
import type { Receipt } from "../../receipt/receipt.ts";
import { type Labels, type MetricFamily, type MetricSet, type Sample, summed } from "./metric-family.ts";

type Facts = Omit<MetricFamily, "samples" | "kind">;
type Give = (receipt: Receipt, labels: Labels) => readonly Sample[];

const one = (labels: Labels, value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ labels, value }];

const energy =
  (end: "low" | "value" | "high"): Give =>
  ({ energy: { total_j, status, boundary } }, labels) =>
    one({ ...labels, status, ...(boundary && { boundary }) }, total_j?.[end]);
const emissions =
  (end: "low" | "value" | "high"): Give =>
  ({ carbon }, labels) =>
    one({ ...labels, zone: carbon?.zone ?? "" }, carbon?.emissions_g[end]);

const ENERGY = "Energy of the runs, what their receipts call the total";
const LOCATION_BASED = "Emissions (CO2e) of that energy, location-based";
const LOW = "lower end of the nominal 95 % interval, added up";
const HIGH = "upper end of the nominal 95 % interval, added up";

const FAMILIES: readonly (readonly [Facts, Give])[] = [
  [
    { name: "frugal_runs_total", otelName: "frugal.runs", unit: "{run}", help: "Runs that left a receipt." },
    ({ outcome }, labels) => one({ ...labels, outcome: outcome.status }, 1),
  ],
  [
    {
      name: "frugal_runs_without_energy_total",
      otelName: "frugal.runs.without_energy",
      unit: "{run}",
      help: "Runs whose energy nobody could read: they are missing from every energy metric.",
    },
    ({ energy: { total_j } }, labels) => one(labels, total_j === undefined ? 1 : 0),
  ],
  [
    {
      name: "frugal_run_duration_seconds_total",
      otelName: "frugal.run.duration",
      unit: "s",
      help: "Time that the runs took.",
    },
    ({ duration_s }, labels) => one(labels, duration_s),
  ],
  [
    { name: "frugal_run_energy_joules_total", otelName: "frugal.run.energy", unit: "J", help: `${ENERGY}.` },
    energy("value"),
  ],
  [
    {
      name: "frugal_run_energy_low_joules_total",
      otelName: "frugal.run.energy.low",
      unit: "J",
      help: `${ENERGY}; ${LOW}.`,
    },
    energy("low"),
  ],
  [
    {
      name: "frugal_run_energy_high_joules_total",
      otelName: "frugal.run.energy.high",
      unit: "J",
      help: `${ENERGY}; ${HIGH}.`,
    },
    energy("high"),
  ],
  [
    {
      name: "frugal_run_component_energy_joules_total",
      otelName: "frugal.run.component.energy",
      unit: "J",
      help: "Energy of the components. They are parts of the total: do not add the two.",
    },
    ({ energy: { parts } }, labels) =>
      parts.flatMap((part) =>
        part.status === "unavailable" || part.component === "node"
          ? []
          : one({ ...labels, component: part.component, status: part.status }, part.energy_j.value),
      ),
  ],
  [
    {
      name: "frugal_run_emissions_grams_total",
      otelName: "frugal.run.emissions",
      unit: "g",
      help: `${LOCATION_BASED}.`,
    },
    emissions("value"),
  ],
  [
    {
      name: "frugal_run_emissions_low_grams_total",
      otelName: "frugal.run.emissions.low",
      unit: "g",
      help: `${LOCATION_BASED}; ${LOW}.`,
    },
    emissions("low"),
  ],
  [
    {
      name: "frugal_run_emissions_high_grams_total",
      otelName: "frugal.run.emissions.high",
      unit: "g",
      help: `${LOCATION_BASED}; ${HIGH}.`,
    },
    emissions("high"),
  ],
  [
    {
      name: "frugal_run_work_units_total",
      otelName: "frugal.run.work",
      unit: "{unit}",
      help: "What the runs worked on: items, mails, clips.",
    },
    ({ work }, labels) => (work === undefined ? [] : one({ ...labels, unit: work.unit }, work.count)),
  ],
];

/** Counters that grow as receipts are added: the same set, exported again with more of them, never goes down. */
export function receiptMetrics(receipts: readonly Receipt[]): MetricSet {
  const starts = receipts.map(({ started_at }) => Date.parse(started_at));
  const ends = receipts.map(({ duration_s }, at) => starts[at]! + duration_s * 1_000);
  const least = (a: number, b: number): number => Math.min(a, b);
  const most = (a: number, b: number): number => Math.max(a, b);
  return {
    startMs: receipts.length === 0 ? 0 : starts.reduce(least),
    endMs: receipts.length === 0 ? 0 : ends.reduce(most),
    families: FAMILIES.map(([facts, give]) => ({
      ...facts,
      kind: "counter",
      samples: summed(
        receipts.flatMap((receipt) => give(receipt, { kind: receipt.kind, subject: receipt.subject.id })),
      ),
    })),
  };
}
