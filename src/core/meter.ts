import type { Interval } from "./interval.ts";

/**
 * What a reading covers. `machine`: everything on the host; `container`: one control group and those below it;
 * `process-tree`: one process and its descendants.
 */
export type Boundary = "machine" | "container" | "process-tree";

/** `node` is the whole machine as a meter at its supply sees it; the others are parts of it. `npu`: an accelerator of neural networks. */
export type Component = "cpu" | "ram" | "gpu" | "npu" | "node";

/** How a figure came about; a fallback changes this, not only a log line. */
export type Method = "counter" | "integrated" | "modelled";

/** Energy of one component over a window. Absent is not zero: a component nobody could read says why. */
export type Reading =
  | {
      readonly kind: "available";
      readonly component: Component;
      readonly boundary: Boundary;
      readonly method: Method;
      /** The sensor or model with its parameters: `powercap:package-0`, `cpu-time × 3.5 W per core`. */
      readonly source: string;
      /** Joules, nominal 95 %. */
      readonly joules: Interval;
      /** Part of the window that samples covered, 0 … 1. */
      readonly coverage: number;
      /** Losses and doubts that the reader must know (a reset counter, a guessed wattage). */
      readonly notes: readonly string[];
      /** Whose a machine-wide reading is, where that can be told. */
      readonly split?: Split;
    }
  | {
      readonly kind: "unavailable";
      readonly component: Component;
      readonly source: string;
      readonly reason: string;
      readonly remedy: string;
    };

/** A machine-wide reading by owner; the values of the lines add up to the reading. */
export interface Split {
  readonly lines: readonly SplitLine[];
  /** How it was split, with the idle power that it rests on and where that came from. */
  readonly rule: string;
}

export interface SplitLine {
  /** `idle`: what the machine draws without any work; `others`: active energy of whatever is not named. */
  readonly owner: "idle" | "container" | "process-tree" | "others";
  readonly name: string;
  /** Joules, nominal 95 %. */
  readonly joules: Interval;
}

/** The energy that one span was assigned. */
export interface SpanEnergy {
  readonly name: string;
  /** Wall-clock start, only a stamp: durations come from the monotonic clock. */
  readonly startedAt: string;
  readonly durationS: number;
  /** CPU seconds of the process tree in the span; undefined where the system does not tell. */
  readonly cpuS?: number;
  readonly readings: readonly Reading[];
  /** True when another span ran at the same time, so that the energy was split by the sharing rule. */
  readonly shared: boolean;
}

/** What compute rooms are given: they name phases and never see a sensor. */
export interface Meter {
  /** Runs `work` as a named span; spans nest and overlap through async context. Costs a clock stamp, no sample. */
  span<T>(name: string, work: () => T | Promise<T>): Promise<T>;
  /** As `span`, with a fresh sample at both edges; returns the span's energy beside the value. */
  measure<T>(
    name: string,
    work: () => T | Promise<T>,
  ): Promise<{ readonly value: T; readonly energy: SpanEnergy }>;
}

/** For callers who do not want measuring; its readings say so. */
export const unmetered: Meter = {
  span: async (_name, work) => await work(),
  measure: async (name, work) => ({
    value: await work(),
    energy: { name, startedAt: "1970-01-01T00:00:00.000Z", durationS: 0, readings: [], shared: false },
  }),
};
