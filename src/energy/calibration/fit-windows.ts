import { type EnergyOverTime, energyOverTime } from "./energy-over-time.ts";
import type { Recording } from "./recording.ts";

/** A stretch of steady load. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
  /** See `FitPoint.block`. */
  readonly block: string;
}

/** What was sensed in one of them. */
export interface SensedWindow extends Span {
  /** Sum of the parts; undefined without counters. */
  readonly sensedW: number | undefined;
  readonly cpuW: number | undefined;
  /** Part of all CPU threads that was busy, 0 … 1. */
  readonly busy: number;
}

/**
 * After a change of load: fans, clocks and the meter's own averaging need a while. Our choice; a third of a step at the
 * most, so that short ones keep something.
 */
const SETTLE_S = 8;
/** Long enough that a meter's readings per second average out, short enough to have several in a step. Our choice. */
const WINDOW_S = 10;
const EDGE_WINDOW_S = 2;
/** A window must hold so many readings of the meter. */
const READINGS = 4;
/** Stretches of time that stand in for kinds of load where the machine's own work was watched. */
const TIME_BLOCKS = 5;

/** Stretches of steady load, none shorter than the meter can resolve. */
export function spansOf(recording: Recording, meterPeriodS: number): readonly Span[] {
  const leastS = Math.max(WINDOW_S, READINGS * meterPeriodS);
  if (recording.steps.length === 0) {
    const [fromS, toS] = [recording.at_s[0] ?? 0, recording.at_s.at(-1) ?? 0];
    const all = cut(fromS, toS, leastS);
    return all.map((span, index) => ({
      ...span,
      block: `stretch ${1 + Math.floor((TIME_BLOCKS * index) / all.length)}`,
    }));
  }
  return recording.steps.flatMap(({ from_s, to_s, load }) => {
    const settleS = Math.min(SETTLE_S, (to_s - from_s) / 3);
    return cut(from_s + settleS, to_s, leastS).map((span) => ({ ...span, block: load }));
  });
}

/** Short stretches of everything, changes of load included: what shows how two clocks differ. */
export function edgeSpans(recording: Recording, meterPeriodS: number): readonly Span[] {
  const lengthS = Math.max(EDGE_WINDOW_S, meterPeriodS);
  return cut(recording.at_s[0] ?? 0, recording.at_s.at(-1) ?? 0, lengthS).map((span) => ({
    ...span,
    block: "",
  }));
}

/** Equal parts of at least `leastS`; a stretch that is shorter is one part. */
function cut(
  fromS: number,
  toS: number,
  leastS: number,
): readonly { readonly fromS: number; readonly toS: number }[] {
  if (!(toS > fromS)) return [];
  const parts = Math.max(1, Math.floor((toS - fromS) / leastS));
  const lengthS = (toS - fromS) / parts;
  return Array.from({ length: parts }, (_, part) => ({
    fromS: fromS + part * lengthS,
    toS: fromS + (part + 1) * lengthS,
  }));
}

/** Windows in which the machine was sampled all the time. */
export function sensedWindows(recording: Recording, spans: readonly Span[]): readonly SensedWindow[] {
  const counted = (column: readonly number[]): EnergyOverTime | undefined =>
    column.length === 0
      ? undefined
      : energyOverTime(
          column.map((value, index) => ({ atS: recording.at_s[index]!, value })),
          "energy",
        );
  const [sensed, cpu, busy] = [
    counted(recording.sensed_j),
    counted(recording.cpu_j),
    counted(recording.busy_s),
  ];
  return spans.flatMap((span) => {
    const busyThreads = busy?.meanW(span.fromS, span.toS);
    if (busyThreads === undefined) return [];
    const sensedW = sensed?.meanW(span.fromS, span.toS);
    if (sensed !== undefined && sensedW === undefined) return [];
    return [
      {
        ...span,
        sensedW,
        cpuW: cpu?.meanW(span.fromS, span.toS),
        busy: Math.min(1, busyThreads / recording.machine.cpu_threads),
      },
    ];
  });
}
