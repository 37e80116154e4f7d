/** From a series of moments to what was spent between them, by owner: rows that can be added up and handed to spans. */
import type { Component } from "../core/meter.ts";
import { LEAST_WATTS_PER_BUSY_THREAD } from "./cpu-time-model.ts";
import { type IdlePower, type IdleWatch, idleWatch, type WorkPower } from "./idle-power.ts";
import type { Moment, RowLayout } from "./moment.ts";
import type { Sensor } from "./sensor.ts";

/** One row of spending. Every column adds up over time and over spans. */
export interface SpendLayout {
  readonly length: number;
  joules(sensor: number): number;
  covered(sensor: number): number;
  doubt(sensor: number): number;
  variance(sensor: number): number;
  readonly seconds: number;
  /** Joules × the workload's share of the use, interval by interval. */
  shared(sensor: number, workload: number): number;
  /** Seconds × the same share: the idle power is known only at the end, so both are kept. */
  sharedSeconds(sensor: number, workload: number): number;
}

export function spendLayout(sensors: number, workloads: number): SpendLayout {
  const seconds = 4 * sensors;
  const pairs = sensors * workloads;
  return {
    length: seconds + 1 + 2 * pairs,
    joules: (sensor) => sensor,
    covered: (sensor) => sensors + sensor,
    doubt: (sensor) => 2 * sensors + sensor,
    variance: (sensor) => 3 * sensors + sensor,
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

/** CPU time is counted in ticks of 10 ms, so shares are taken over at least this long. */
const SHARE_WINDOW_S = 1;
/** Moments that are remembered for it: many short windows may be sampled within a second. */
const SHARE_STEP_S = 0.05;

export function spendingOf(
  first: Moment,
  rows: RowLayout,
  facts: { readonly sensors: readonly Sensor[]; readonly cpuThreads: number },
): Spending {
  const { sensors, cpuThreads } = facts;
  const { workloads } = rows;
  const layout = spendLayout(sensors.length, workloads);
  const splits = sensors.map(({ boundary }) => boundary === "machine" && workloads > 0);
  const watches = sensors.map((sensor): IdleWatch => idleWatch(workPower(sensor.component, cpuThreads)));
  // One share per sensor and workload; unknown until it was seen once.
  const shares = new Float64Array(sensors.length * workloads).fill(Number.NaN);
  const evenness = sensors.map(() => evennessWatch());
  let last = first;
  let recent: Moment[] = [first];

  const wholeUse = (sensor: number): number =>
    sensors[sensor]!.use === undefined ? rows.busy : rows.use(sensor);
  const useOf = (sensor: number, workload: number): number =>
    sensors[sensor]!.use === undefined ? rows.cpu(workload) : rows.useOf(sensor, workload);

  const updateShares = (now: Moment): void => {
    if (now.nowS - recent.at(-1)!.nowS >= SHARE_STEP_S) recent.push(now);
    const start = recent.findLastIndex((each) => now.nowS - each.nowS >= SHARE_WINDOW_S);
    if (start > 0) recent = recent.slice(start);
    const since = recent[0]!;
    const grown = (column: number): number => now.values[column]! - since.values[column]!;
    for (let sensor = 0; sensor < sensors.length; sensor++) {
      if (!splits[sensor]) continue;
      const own = Array.from({ length: workloads }, (_, workload) =>
        Math.max(0, grown(useOf(sensor, workload))),
      );
      // Ticks of the machine lag behind microseconds of processes: workloads never use more than all.
      const all = Math.max(
        grown(wholeUse(sensor)),
        own.reduce((sum, each) => sum + each, 0),
      );
      if (Number.isNaN(all)) continue;
      own.forEach((each, workload) => {
        shares[sensor * workloads + workload] = all > 0 ? each / all : 0;
      });
    }
  };

  return {
    layout,
    splits: (sensor) => splits[sensor]!,
    idle: (sensor) => watches[sensor]!.lowest(),
    next(now) {
      const spent = new Float64Array(layout.length);
      const spread = new Float64Array(sensors.length);
      const seconds = now.nowS - last.nowS;
      const grown = (column: number): number => now.values[column]! - last.values[column]!;
      updateShares(now);
      spent[layout.seconds] = seconds;
      for (let sensor = 0; sensor < sensors.length; sensor++) {
        const joules = grown(rows.joules(sensor));
        const covered = grown(rows.covered(sensor));
        spent[layout.joules(sensor)] = joules;
        spent[layout.covered(sensor)] = covered;
        spent[layout.doubt(sensor)] = grown(rows.doubt(sensor));
        spent[layout.variance(sensor)] = grown(rows.variance(sensor));
        spread[sensor] = evenness[sensor]!.see(seconds, joules);
        if (!splits[sensor]) continue;
        for (let workload = 0; workload < workloads; workload++) {
          const share = shares[sensor * workloads + workload]!;
          spent[layout.shared(sensor, workload)] = joules * share;
          spent[layout.sharedSeconds(sensor, workload)] = seconds * share;
        }
        // A stretch with a gap in it shows too low a power.
        if (covered >= seconds * COVERED) {
          const threads = sensors[sensor]!.use === undefined ? cpuThreads : 1;
          watches[sensor]!.see(seconds, joules, grown(wholeUse(sensor)) / (seconds * threads));
        }
      }
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

/** How far power moves from one interval to the next tells how uneven it may be within one. */
function evennessWatch(): { see(seconds: number, joules: number): number } {
  let lastWatts: number | undefined;
  let meanSquare: number | undefined;
  return {
    see(seconds, joules) {
      if (!(seconds > 0)) return 0;
      const watts = joules / seconds;
      if (lastWatts !== undefined) {
        const square = (watts - lastWatts) ** 2 / 2;
        // A long interval outweighs a calm past: it is the one that has to be shared out.
        const weight = meanSquare === undefined ? 1 : 1 - Math.exp(-seconds / MEMORY_S);
        meanSquare = (meanSquare ?? 0) + weight * (square - (meanSquare ?? 0));
      }
      lastWatts = watts;
      // Before there are two intervals all of it may have been drawn at once.
      return meanSquare === undefined ? joules : Math.sqrt(meanSquare) * seconds;
    },
  };
}

/** Time over which the unevenness is averaged: our choice. */
const MEMORY_S = 2;
