/** Rows of spending → readings with interval, coverage and owners. */
import { atLeastZero, type Interval, sumIndependent } from "../core/interval.ts";
import type { Reading } from "../core/meter.ts";
import type { Sampler } from "./sampler.ts";
import type { Sensor } from "./sensor.ts";
import type { SpendLayout } from "./spending.ts";
import { type SplitFacts, splitOf } from "./split-reading.ts";

/** What was spent in a window, and the variance that splitting intervals by time added; none when the window has its own samples. */
export interface Window {
  readonly row: Float64Array;
  readonly variance?: Float64Array;
  /** The window whose counters decide whether a model stands in: this one, or the whole that it is a part of. */
  readonly judgedBy?: Pick<Window, "row">;
}

const TOLD_NOTHING = "it told nothing in this window, which may be shorter than its step";
const STANDS_IN = "a model stands in: the counter told nothing in this window";
/** 95 % of a normal distribution lie within this many standard deviations. */
const NORMAL_95 = 1.96;

export interface ReadingFacts extends SplitFacts {
  readonly sampler: Pick<Sampler, "sensors" | "unavailable" | "workloads" | "notes">;
}

/** Joules of a row by the rule of `energyTotal`, where that is wanted often. */
export function joulesIn(sensors: readonly Sensor[], layout: SpendLayout, row: Float64Array): number {
  const node = sensors.findIndex(({ component }) => component === "node");
  if (node >= 0) return row[layout.joules(node)]!;
  return sensors.reduce(
    (sum, _, index) => (isSpare(sensors, layout, row, index) ? sum : sum + row[layout.joules(index)]!),
    0,
  );
}

/** A model that stands in for a counter has no reading of its own in a row of which the counter told something. */
function isSpare(sensors: readonly Sensor[], layout: SpendLayout, row: Float64Array, index: number): boolean {
  const { component, standsIn } = sensors[index]!;
  if (standsIn !== true) return false;
  return sensors.some(
    (each, at) => each.component === component && each.standsIn !== true && row[layout.covered(at)]! > 0,
  );
}

export function readingsOf(facts: ReadingFacts, window: Window): readonly Reading[] {
  const { sampler, spending } = facts;
  const notes = sampler.notes();
  const { layout } = spending;
  const seconds = window.row[layout.seconds]!;
  const readingOf = (sensor: Sensor, index: number): Reading => {
    const { component, boundary, method, source, remedy } = sensor;
    const covered = window.row[layout.covered(index)]!;
    const coverage = seconds > 0 ? Math.min(1, covered / seconds) : 1;
    const own = notes.sensors[index]!;
    if (coverage <= 0) {
      const reason = own.at(-1) ?? (sensor.seldom ? TOLD_NOTHING : "no sample succeeded in this window");
      return { kind: "unavailable", component, source, reason, remedy };
    }
    const value = window.row[layout.joules(index)]!;
    const variance = window.row[layout.variance(index)]! + (window.variance?.[index] ?? 0);
    const doubts = [window.row[layout.doubt(index)]!, NORMAL_95 * Math.sqrt(variance)];
    const joules = widened(sensor.interval(value, seconds), doubts);
    const split = splitOf(facts, window.row, index, joules);
    const said = [
      ...(sensor.standsIn ? [STANDS_IN] : []),
      ...own,
      ...(split === undefined && spending.splits(index) ? notes.split : []),
    ];
    return {
      kind: "available", component, boundary, method, source, joules, coverage,
      notes: said, ...(split && { split }),
    }; // biome-ignore format: one record
  };
  const { row } = window.judgedBy ?? window;
  const readings = sampler.sensors.flatMap((sensor, index) =>
    isSpare(sampler.sensors, layout, row, index) ? [] : [readingOf(sensor, index)],
  );
  return [...readings, ...sampler.unavailable];
}

/** Half-widths of independent errors in quadrature; energy is never negative. */
function widened(interval: Interval, halves: readonly number[]): Interval {
  const more = halves.map((half) => ({ low: -half, value: 0, high: half }));
  return atLeastZero(sumIndependent([interval, ...more]));
}
