import type { Interval } from "../../../core/interval.ts";

/** Seconds since 1970-01-01T00:00Z; `endS` is not part of the range. */
export interface TimeRange {
  readonly startS: number;
  readonly endS: number;
}

/** Mean intensity of a stretch of time. */
export interface IntensityPoint extends TimeRange {
  readonly gPerKwh: Interval;
  /** Modelled by the source, or forecast: may change when measured data arrive. */
  readonly estimated: boolean;
}

export interface IntensitySeries {
  /** In order of time, without overlap; there may be gaps. */
  readonly points: readonly IntensityPoint[];
  readonly source: string;
  readonly licence: string;
  readonly resolution: "hour" | "half-hour";
  readonly notes: readonly string[];
}

/**
 * A source of intensity by the hour or finer. Failures throw "network-unavailable", "carbon-source-failed" or
 * "carbon-zone-unknown"; whoever asks decides what to use instead and says so.
 */
export interface IntensityProvider {
  /** Used as a folder name too. */
  readonly id: string;
  readonly name: string;
  /** Seconds between its figures. */
  readonly stepS: number;
  /** Whether it can be asked about this zone at all. */
  covers(zone: string): boolean;
  /** The newest point that the source has. */
  latest(zone: string, signal?: AbortSignal): Promise<IntensitySeries>;
  /** What was, over a range in the past. */
  history(zone: string, range: TimeRange, signal?: AbortSignal): Promise<IntensitySeries>;
  /** What is expected, over a range that may lie in the future. */
  forecast?(zone: string, range: TimeRange, signal?: AbortSignal): Promise<IntensitySeries>;
}

export const overlapsRange = (a: TimeRange, b: TimeRange): boolean => a.startS < b.endS && b.startS < a.endS;

/** Points that touch `range`, in order of time; what would overlap an earlier one is left out. */
export function pointsWithin(points: readonly IntensityPoint[], range: TimeRange): IntensityPoint[] {
  const kept: IntensityPoint[] = [];
  for (const point of [...points].sort((a, b) => a.startS - b.startS)) {
    const free = kept.length === 0 || point.startS >= kept.at(-1)!.endS;
    if (free && overlapsRange(point, range)) kept.push(point);
  }
  return kept;
}
