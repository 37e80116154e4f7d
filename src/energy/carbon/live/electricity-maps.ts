import { within } from "../../../core/interval.ts";
import type { Clock } from "../../../core/ports.ts";
import type { FetchWorld } from "./fetch-text.ts";
import {
  type IntensityPoint,
  type IntensityProvider,
  type IntensitySeries,
  pointsWithin,
  type TimeRange,
} from "./intensity-provider.ts";
import { fetchSource, type SourceJson } from "./source-json.ts";

/** API reference: https://app.electricitymaps.com/developer-hub/api/reference (v3, read 2026-11). */
const API = "https://api.electricitymaps.com/v3/carbon-intensity";
const NAME = "Electricity Maps";
const HOUR_S = 3_600;
/** `history` holds the last 24 hours; older ranges need `past-range`, of at most 10 days each at hourly steps. */
const HISTORY_S = 24 * HOUR_S;
const RANGE_S = 240 * HOUR_S;
/** Widths are our choice: emission factors of plants and flows between zones are themselves estimates. */
const MEASURED_WIDTH = 0.1;
const ESTIMATED_WIDTH = 0.25;

export interface ElectricityMapsWorld extends FetchWorld {
  readonly clock: Pick<Clock, "sleep" | "stamp">;
}

/**
 * Electricity Maps by the hour, life-cycle emissions of what is consumed in a zone.
 * @param token stays in the request's header.
 */
export function electricityMaps(world: ElectricityMapsWorld, token: string): IntensityProvider {
  const ask = (path: string, query: Record<string, string>, signal?: AbortSignal): Promise<SourceJson> =>
    fetchSource(world, {
      url: `${API}/${path}?${new URLSearchParams(query)}`,
      name: NAME,
      headers: { "auth-token": token, accept: "application/json" },
      ...(signal && { signal }),
    });
  return {
    id: "electricity-maps",
    name: NAME,
    stepS: HOUR_S,
    // Its keys begin with a country's two letters; three letters are Ember's codes.
    covers: (zone) => /^[A-Z]{2}(-|$)/.test(zone),
    async latest(zone, signal) {
      return series(pointsOf([await ask("latest", { zone }, signal)], false));
    },
    async history(zone, range, signal) {
      const nowS = Date.parse(world.clock.stamp()) / 1_000;
      if (range.startS >= nowS - HISTORY_S + HOUR_S) {
        const answer = await ask("history", { zone }, signal);
        return series(pointsWithin(pointsOf(answer.list("history"), false), range));
      }
      const points: IntensityPoint[] = [];
      for (const { startS, endS } of chunksOf(range)) {
        const answer = await ask("past-range", { zone, start: iso(startS), end: iso(endS) }, signal);
        points.push(...pointsOf(answer.list("data"), false));
      }
      return series(pointsWithin(points, range));
    },
    async forecast(zone, range, signal) {
      const answer = await ask("forecast", { zone, horizonHours: "72" }, signal);
      return series(pointsWithin(pointsOf(answer.list("forecast"), true), range));
    },
  };
}

const series = (points: readonly IntensityPoint[]): IntensitySeries => ({
  points,
  source: "Electricity Maps API v3",
  licence: "terms of the token's plan",
  resolution: "hour",
  notes: [],
});

/** An hour that the source has no figure for is left out: a gap is not zero. */
const pointsOf = (entries: readonly SourceJson[], forecast: boolean): readonly IntensityPoint[] =>
  entries.flatMap((entry) => {
    const value = entry.amount("carbonIntensity");
    if (value === undefined) return [];
    const startS = entry.time("datetime");
    const estimated = forecast || entry.flag("isEstimated");
    const gPerKwh = within(value, estimated ? ESTIMATED_WIDTH : MEASURED_WIDTH);
    return [{ startS, endS: startS + HOUR_S, gPerKwh, estimated }];
  });

/** Whole hours around `range`, in pieces that one request may ask for. */
function chunksOf(range: TimeRange): readonly TimeRange[] {
  const chunks: TimeRange[] = [];
  const last = Math.ceil(range.endS / HOUR_S) * HOUR_S;
  let startS = Math.floor(range.startS / HOUR_S) * HOUR_S;
  for (; startS < last; startS += RANGE_S) chunks.push({ startS, endS: Math.min(startS + RANGE_S, last) });
  return chunks;
}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();
