/** From a series of moments to what was spent between them, by owner: rows that can be added up and handed to spans. */
import type { Component } from "../core/meter.ts";
import { LEAST_WATTS_PER_BUSY_THREAD } from "./cpu-time-model.ts";
import { evennessWatch } from "./evenness-watch.ts";
import { type IdlePower, idleWatch, type WorkPower } from "./idle-power.ts";
import { type Moment, type RowLayout, type SensorColumns, sensorColumns } from "./moment.ts";
import type { Sensor } from "./sensor.ts";
import { useColumns, useShares } from "./use-shares.ts";

/** One row of spending. Every column adds up over time and over spans. */
export interface SpendLayout extends SensorColumns {
  readonly length: number;
  readonly seconds: number;
  /** Joules × the workload's share of the use, interval by interval. */
  shared(sensor: number, workload: number): number;
  /** Seconds × the same share: the idle power is known only at the end, so both are kept. */
  sharedSeconds(sensor: number, workload: number): number;
}

export function spendLayout(sensors: number, workloads: number): SpendLayout {
  const columns = sensorColumns(sensors);
  const seconds = columns.ofSensors;
  const pairs = sensors * workloads;
  return {
    ...columns,
    length: seconds + 1 + 2 * pairs,
    seconds,
    shared: (sensor, workload) => seconds + 1 + sensor * workloads + workload,
    sharedSeconds: (sensor, workload) => seconds + 1 + pairs + sensor * workloads + workload,
  };
}

export interface Spending {
  readonly layout: SpendLayout;
  /** What was spent since the moment before, and how much of a sensor's joules may lie unevenly within that time. */
  next(moment: Moment): { readonly spent: Float64Array; readonly spread: Float64Array };
  /** Idle power of a sensor's component as far as the series has shown it. */
  idle(sensor: number): IdlePower | undefined;
  /** Whether a sensor's joules can be split by owner. */
  splits(sensor: number): boolean;
}

export function spendingOf(
  first: Moment,
  rows: RowLayout,
  facts: { readonly sensors: readonly Sensor[]; readonly cpuThreads: number },
): Spending {
  const { sensors, cpuThreads } = facts;
  const { workloads } = rows;
  const layout = spendLayout(sensors.length, workloads);
  const splits = sensors.map(({ boundary }) => boundary === "machine" && workloads > 0);
  const uses = sensors.map((sensor, index) => useColumns(rows, sensor, index));
  const shares = useShares(first, workloads, uses);
  const idle = sensors.map((sensor) => idleWatch(workPower(sensor.component, cpuThreads)));
  const evenness = sensors.map(() => evennessWatch());
  let last = first;

  return {
    layout,
    splits: (sensor) => splits[sensor]!,
    idle: (sensor) => idle[sensor]!.lowest(),
    next(now) {
      const spent = new Float64Array(layout.length);
      const spread = new Float64Array(sensors.length);
      const seconds = now.nowS - last.nowS;
      const grown = (column: number): number => now.values[column]! - last.values[column]!;
      shares.see(now);
      // Both rows begin with the same columns.
      for (let column = 0; column < layout.ofSensors; column++) spent[column] = grown(column);
      spent[layout.seconds] = seconds;
      sensors.forEach(({ use }, sensor) => {
        const joules = spent[layout.joules(sensor)]!;
        spread[sensor] = evenness[sensor]!.see(seconds, joules);
        if (!splits[sensor]) return;
        shares.of(sensor).forEach((share, workload) => {
          spent[layout.shared(sensor, workload)] = joules * share;
          spent[layout.sharedSeconds(sensor, workload)] = seconds * share;
        });
        // A stretch with a gap in it shows too low a power.
        if (!(spent[layout.covered(sensor)]! >= seconds * COVERED)) return;
        const threads = use === undefined ? cpuThreads : 1;
        idle[sensor]!.see(seconds, joules, grown(uses[sensor]!.all) / (seconds * threads));
      });
      last = now;
      return { spent, spread };
    },
  };
}

/** Covered time comes in the same stamps as time itself, up to rounding. */
const COVERED = 0.999;

/**
 * One busy thread alone wakes and boosts a whole package: our choice of the most, from desktop parts with a boost of 40 W
 * and more for one thread.
 */
const MOST_WATTS_PER_BUSY_THREAD = 40;

const workPower = (component: Component, cpuThreads: number): WorkPower =>
  component === "cpu" || component === "node"
    ? { least: cpuThreads * LEAST_WATTS_PER_BUSY_THREAD, most: cpuThreads * MOST_WATTS_PER_BUSY_THREAD }
    : { least: 0, most: Number.POSITIVE_INFINITY };
