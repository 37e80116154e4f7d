/** Rows of spending → readings with interval, coverage and owners. */
import { type Interval, scale, sumIndependent } from "../core/interval.ts";
import type { Reading, Split, SplitLine } from "../core/meter.ts";
import type { IdlePower } from "./idle-power.ts";
import type { Sampler } from "./sampler.ts";
import type { Sensor } from "./sensor.ts";
import type { Spending, SpendLayout } from "./spending.ts";

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
/**
 * CPU seconds stand for energy, but a busy thread draws more or less with what it computes: our choice of ± 30 % for
 * the part that must be told from others' work; see docs/measuring.md.
 */
const SHARE_WIDTH = 0.3;

export interface ReadingFacts {
  readonly sampler: Pick<Sampler, "sensors" | "unavailable" | "workloads" | "notes">;
  readonly spending: Pick<Spending, "layout" | "idle" | "splits">;
  /** Idle power that was calibrated; what the samples showed unless told. */
  readonly idle?: (sensor: Pick<Sensor, "component" | "source">) => IdlePower | undefined;
}

/** A model that stands in for a counter has no reading of its own in a row of which the counter told something. */
export function isSpare(
  sensors: readonly Sensor[],
  layout: SpendLayout,
  row: Float64Array,
  index: number,
): boolean {
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
    const split = splitOf(facts, window, index, joules);
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
  return notNegative(sumIndependent([interval, ...more]));
}

/**
 * Idle energy = idle power × time; each workload has its CPU-time (or GPU-time) share of the rest. Undefined where use
 * or idle power is not known.
 */
function splitOf(facts: ReadingFacts, window: Window, sensor: number, whole: Interval): Split | undefined {
  const { sampler, spending } = facts;
  const { layout } = spending;
  if (!spending.splits(sensor)) return undefined;
  const read = sampler.sensors[sensor]!;
  const idle = facts.idle?.(read) ?? read.idle ?? spending.idle(sensor);
  if (idle === undefined) return undefined;
  const seconds = window.row[layout.seconds]!;
  /** The error of the whole, for a part of it: the parts come from the same sensor. */
  const errorOf = (part: number): Interval =>
    scale({ low: whole.low - whole.value, value: 0, high: whole.high - whole.value }, part);
  const idleAt = (watts: number): number => Math.min(whole.value, watts * seconds);
  const idleJ = idleAt(idle.watts.value);
  const idleJoules = sumIndependent([
    { low: idleAt(idle.watts.low), value: idleJ, high: idleAt(idle.watts.high) },
    errorOf(whole.value > 0 ? idleJ / whole.value : 0),
  ]);
  let left = whole.value - idleJ;
  const lines = sampler.workloads.map(({ owner, name }, workload): SplitLine => {
    const shared = window.row[layout.shared(sensor, workload)]!;
    const sharedSeconds = window.row[layout.sharedSeconds(sensor, workload)]!;
    const share = whole.value > 0 ? Math.min(1, shared / whole.value) : 0;
    const at = (watts: number): number => Math.max(0, shared - watts * sharedSeconds);
    const value = Math.min(left, at(idle.watts.value));
    const joules = sumIndependent([
      // More idle power leaves less to the workload.
      { low: Math.min(value, at(idle.watts.high)), value, high: Math.max(value, at(idle.watts.low)) },
      errorOf(share),
      scale({ low: -value, value: 0, high: value }, SHARE_WIDTH * (1 - share)),
    ]);
    left -= value;
    return { owner, name, joules: notNegative(joules) };
  });
  if (![idleJ, ...lines.map((line) => line.joules.value)].every(Number.isFinite)) return undefined;
  const others = { low: 0, value: left, high: Math.max(left, whole.high - Math.max(0, idleJoules.low)) };
  const by = sampler.sensors[sensor]!.use === undefined ? "CPU time" : "the device's busy time";
  return {
    lines: [
      { owner: "idle", name: "idle", joules: notNegative(idleJoules) },
      ...lines,
      { owner: "others", name: "everything else", joules: others },
    ],
    rule: `shares of ${by} in the active energy; idle power ${idle.watts.value.toPrecision(3)} W (${idle.from})`,
  };
}

const notNegative = ({ low, value, high }: Interval): Interval => ({ low: Math.max(0, low), value, high });
