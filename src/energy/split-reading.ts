/** Whose a machine-wide reading is: idle, each workload, everything else. */
import { atLeastZero, type Interval, scale, sumIndependent } from "../core/interval.ts";
import type { Split, SplitLine } from "../core/meter.ts";
import type { IdlePower } from "./idle-power.ts";
import type { Sampler } from "./sampler.ts";
import type { Sensor } from "./sensor.ts";
import type { Spending } from "./spending.ts";

export interface SplitFacts {
  readonly sampler: Pick<Sampler, "sensors" | "workloads">;
  readonly spending: Pick<Spending, "layout" | "idle" | "splits">;
  /** Idle power that was calibrated; what the samples showed unless told. */
  readonly idle?: (sensor: Pick<Sensor, "component" | "source">) => IdlePower | undefined;
}

/**
 * CPU seconds stand for energy, but a busy thread draws more or less with what it computes: our choice of ± 30 % for
 * the part that must be told from others' work; see docs/measuring.md.
 */
const SHARE_WIDTH = 0.3;

/**
 * Idle energy = idle power × time; each workload has its CPU-time (or GPU-time) share of the rest. Undefined where use
 * or idle power is not known.
 */
export function splitOf(
  facts: SplitFacts,
  row: Float64Array,
  sensor: number,
  whole: Interval,
): Split | undefined {
  const { sampler, spending } = facts;
  const { layout } = spending;
  if (!spending.splits(sensor)) return undefined;
  const read = sampler.sensors[sensor]!;
  const idle = facts.idle?.(read) ?? read.idle ?? spending.idle(sensor);
  if (idle === undefined) return undefined;
  const seconds = row[layout.seconds]!;
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
    const shared = row[layout.shared(sensor, workload)]!;
    const sharedSeconds = row[layout.sharedSeconds(sensor, workload)]!;
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
    return { owner, name, joules: atLeastZero(joules) };
  });
  if (![idleJ, ...lines.map((line) => line.joules.value)].every(Number.isFinite)) return undefined;
  const others = { low: 0, value: left, high: Math.max(left, whole.high - Math.max(0, idleJoules.low)) };
  const by = read.use === undefined ? "CPU time" : "the device's busy time";
  return {
    lines: [
      { owner: "idle", name: "idle", joules: atLeastZero(idleJoules) },
      ...lines,
      { owner: "others", name: "everything else", joules: others },
    ],
    rule: `shares of ${by} in the active energy; idle power ${idle.watts.value.toPrecision(3)} W (${idle.from})`,
  };
}
