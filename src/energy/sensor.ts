import type { Interval } from "../core/interval.ts";
import type { Boundary, Component, Method, Reading } from "../core/meter.ts";
import type { Clock, Environment, Fetch, Files, Native, Processes, Sockets } from "../core/ports.ts";
import type { IdlePower } from "./idle-power.ts";
import type { ProcessTree, TreeWorld } from "./process-tree.ts";
import type { WorkloadChoice } from "./workloads.ts";

/** What a sensor knows at one moment, counted from its opening; neither number ever goes back. */
export interface Sample {
  /** Joules since the sensor was opened. */
  readonly joules: number;
  /** Seconds since the sensor was opened for which `joules` accounts: lags behind the clock after failed reads. */
  readonly coveredS: number;
  /**
   * Half-width in joules that piled up since opening beside `interval`, for errors that depend on what happened: polls
   * that came late, a gap that was bridged. Never goes back; 0 unless told.
   */
  readonly doubtJ?: number;
  /**
   * Variance in J² that piled up since opening, for errors that are independent from one moment to the next, so that
   * they matter less in long windows. Never goes back; 0 unless told.
   */
  readonly varianceJ2?: number;
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
  /**
   * Nominal 95 % around a measured amount of joules. Depends on nothing but its arguments and the opening: another
   * thread may have taken the samples. What happened since is told by `Sample.doubtJ`.
   * @param windowS length of the window: for sensors whose error has a part that energy does not scale, such as a counter's step.
   */
  interval(joules: number, windowS?: number): Interval;
  /** Reads now (`nowS`: monotonic seconds). Never throws: a failed read repeats the last sample and leaves a note. */
  sample(nowS: number): Sample;
  /** Losses and doubts so far, one sentence each, without repeats. */
  notes(): readonly string[];
  /**
   * Who used a component that all processes share, so that its energy can be split; undefined where nothing tells.
   * Left out by sensors of the CPU, whose users are known from CPU time. Never throws.
   */
  readonly use?: (nowS: number) => ComponentUse | undefined;
  /** Given for a counter that tells so seldom that a short window may see none of it: a model is opened beside it. */
  readonly seldom?: true;
  /** Given for that model: it has a reading only where the counter has none. */
  readonly standsIn?: true;
  /** Idle power of the component, where the sensor knows it without waiting for an idle moment. */
  readonly idle?: IdlePower;
  /**
   * Gives back what the sensor holds (a poll timer, a native handle); whoever opened it calls this once. A sensor without it
   * does nothing between calls of `sample`: it needs no event loop.
   */
  readonly close?: () => void;
}

/** Use of a shared component since its sensor was opened; no number ever goes back. */
export interface ComponentUse {
  /** Seconds × utilisation of all users together: a GPU whose multiprocessors were half busy for 10 s counts 5. */
  readonly busyS: number;
  /** The same by process id; those of ended processes stay. */
  readonly byProcess: ReadonlyMap<number, number>;
}

export type Unavailable = Extract<Reading, { kind: "unavailable" }>;

/** What looking for a sensor gives: sensors to read, and components that exist but cannot be read. */
export interface Found {
  readonly sensors: readonly Sensor[];
  readonly unavailable: readonly Unavailable[];
}

/** One way to find sensors. Sources are opened in order; see open-sensors.ts. */
export interface SensorSource {
  /** Opens what this machine has. Never throws: what is there and cannot be read is `unavailable`, with reason and remedy. */
  open(context: SourceContext): Found | Promise<Found>;
  /** Given for a model: it is opened only where no source before it gave a sensor of this component, or a seldom one. */
  readonly standsInFor?: Component;
}

export interface SourceContext {
  readonly world: SensorWorld;
  readonly options: SensorOptions;
  /** CPU time and memory of this process and its descendants. */
  readonly tree: ProcessTree;
  /** Monotonic seconds when this source is opened. */
  readonly nowS: number;
  /** What the sources before this one gave. */
  readonly opened: readonly Sensor[];
}

export interface SensorWorld extends TreeWorld {
  readonly files: TreeWorld["files"] & Pick<Files, "readText" | "readBytes" | "stat">;
  readonly processes: Pick<Processes, "pid" | "pipe">;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly env: Environment;
  readonly native: Native;
  readonly sockets: Pick<Sockets, "connect">;
}

/** Plain data: the sampling thread opens the same sensors from a copy. */
export interface SensorOptions {
  /** Root of Linux powercap; /sys/class/powercap unless told. */
  readonly powercapRoot?: string;
  /** External meter; FRUGAL_METER or config.json unless told (see external-meter/meter-spec.ts). */
  readonly meter?: string;
  /** `node`: estimate the whole machine where no meter tells it; `parts`, or FRUGAL_SCOPE, unless told. */
  readonly scope?: "parts" | "node";
  /** Whose use the models that stand in for counters of CPU and memory count; this process tree's unless told. */
  readonly modelled?: "process-tree" | "machine";
  /** What machine-wide energy is split to; this process tree unless told. */
  readonly workloads?: readonly WorkloadChoice[];
}
