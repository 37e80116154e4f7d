import type { Interval } from "../core/interval.ts";
import type { Boundary, Component, Method, Reading } from "../core/meter.ts";

/** What a sensor knows at one moment, counted from its opening; neither number ever goes back. */
export interface Sample {
  /** Joules since the sensor was opened. */
  readonly joules: number;
  /** Seconds since the sensor was opened for which `joules` accounts: lags behind the clock after failed reads. */
  readonly coveredS: number;
}

/**
 * One component at one boundary as a cumulative count. Samples are differences of two calls, so a missed sample costs
 * nothing when the next one succeeds.
 */
export interface Sensor {
  readonly component: Component;
  readonly boundary: Boundary;
  readonly method: Method;
  /** As in `Reading.source`: names the counter, or the model with its parameters. */
  readonly source: string;
  /** What a user can do when reads fail. */
  readonly remedy: string;
  /** Nominal 95 % around a measured amount of joules. */
  interval(joules: number): Interval;
  /** Reads now (`nowS`: monotonic seconds). Never throws: a failed read repeats the last sample and leaves a note. */
  sample(nowS: number): Sample;
  /** Losses and doubts so far, one sentence each, without repeats. */
  notes(): readonly string[];
  /** Gives back what the sensor holds (a poll timer, a native handle); whoever opened it calls this once. */
  readonly close?: () => void;
}

export type Unavailable = Extract<Reading, { kind: "unavailable" }>;

/** What looking for a sensor gives: sensors to read, and components that exist but cannot be read. */
export interface Found {
  readonly sensors: readonly Sensor[];
  readonly unavailable: readonly Unavailable[];
}
