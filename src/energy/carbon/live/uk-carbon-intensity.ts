import type { Interval } from "../../../core/interval.ts";
import type { FetchWorld } from "./fetch-text.ts";
import {
  type IntensityPoint,
  type IntensityProvider,
  type IntensitySeries,
  pointsWithin,
  type TimeRange,
} from "./intensity-provider.ts";
import { fetchSource, type SourceJson } from "./source-json.ts";

/** Definitions: https://carbon-intensity.github.io/api-definitions (NESO, read 2026-11); no key is needed. */
const API = "https://api.carbonintensity.org.uk/intensity";
const NAME = "Carbon Intensity API for Great Britain";
const HALF_HOUR_S = 1_800;
/** The most that one request may span. */
const RANGE_S = 14 * 86_400;
/**
 * Widths are our choice. The API counts CO2 of generation only, without what fuels and plants emit upstream, so the
 * upper end makes room for life-cycle figures.
 */
const BELOW = 0.1;
const ABOVE = 0.6;
const FORECAST_EXTRA = 0.15;

/** Half-hours of Great Britain, forecast and estimated actual. */
export function ukCarbonIntensity(world: FetchWorld): IntensityProvider {
  const ask = (path: string, signal?: AbortSignal): Promise<SourceJson> =>
    fetchSource(world, {
      url: `${API}${path}`,
      name: NAME,
      headers: { accept: "application/json" },
      ...(signal && { signal }),
    });
  const ranged = async (range: TimeRange, signal?: AbortSignal): Promise<IntensitySeries> => {
    const points: IntensityPoint[] = [];
    for (let startS = range.startS; startS < range.endS; startS += RANGE_S) {
      const endS = Math.min(startS + RANGE_S, range.endS);
      // One half-hour more: the API leaves out a period that ends after `to`.
      const answer = await ask(`/${minute(startS)}/${minute(endS + HALF_HOUR_S)}`, signal);
      points.push(...pointsOf(answer));
    }
    return series(pointsWithin(points, range));
  };
  return {
    id: "uk-carbon-intensity",
    name: NAME,
    stepS: HALF_HOUR_S,
    covers: (zone) => zone === "GB",
    latest: async (_zone, signal) => series(pointsOf(await ask("", signal))),
    history: (_zone, range, signal) => ranged(range, signal),
    forecast: (_zone, range, signal) => ranged(range, signal),
  };
}

const series = (points: readonly IntensityPoint[]): IntensitySeries => ({
  points,
  source: "Carbon Intensity API, NESO",
  licence: "CC BY 4.0",
  resolution: "half-hour",
  notes: ["counts CO2 of electricity generation only; life-cycle emissions are higher"],
});

const pointsOf = (answer: SourceJson): readonly IntensityPoint[] =>
  answer.list("data").flatMap((entry) => {
    const intensity = entry.object("intensity");
    const actual = intensity.amount("actual");
    const value = actual ?? intensity.amount("forecast");
    if (value === undefined) return [];
    const estimated = actual === undefined;
    return [
      { startS: entry.time("from"), endS: entry.time("to"), gPerKwh: around(value, estimated), estimated },
    ];
  });

function around(value: number, estimated: boolean): Interval {
  const extra = estimated ? FORECAST_EXTRA : 0;
  return { low: value * (1 - BELOW - extra), value, high: value * (1 + ABOVE + extra) };
}

/** `2026-11-25T07:30Z`. */
const minute = (seconds: number): string => `${new Date(seconds * 1_000).toISOString().slice(0, 16)}Z`;
