import { isOffline } from "../../../core/environment.ts";
import { isAbort, messageOf } from "../../../core/error.ts";
import type { Clock, Environment, Files } from "../../../core/ports.ts";
import {
  type IntensityPoint,
  type IntensityProvider,
  type IntensitySeries,
  pointsWithin,
  type TimeRange,
} from "./intensity-provider.ts";

export interface CacheWorld {
  readonly files: Pick<Files, "readText" | "writeAtomic">;
  readonly clock: Pick<Clock, "stamp">;
  readonly env: Environment;
}

const SCHEMA = "frugal.intensity-cache/1";
const DAY_S = 86_400;
/** Estimates are asked for again after this: our choice, half of the sources' finest step. */
export const FRESH_S = 900;

/** The last number is 0 for a measured point, else when the estimate was fetched. */
type StoredPoint = readonly [
  startS: number,
  endS: number,
  low: number,
  value: number,
  high: number,
  estimatedAtS: number,
];

interface StoredDay extends Omit<IntensitySeries, "points"> {
  readonly schema: typeof SCHEMA;
  readonly points: readonly StoredPoint[];
}

/**
 * Keeps what a provider told, a file per zone and UTC day under `folder`, so that a hundred short runs ask once.
 * Offline, or when the provider fails, what is kept still serves. The cache is only a help: a file that cannot be
 * read or written is as good as none.
 */
export function cachedProvider(
  provider: IntensityProvider,
  world: CacheWorld,
  folder: string,
): IntensityProvider {
  const nowS = (): number => Date.parse(world.clock.stamp()) / 1_000;
  const pathOf = (zone: string, dayS: number): string =>
    `${folder}/${provider.id}/${zone}/${new Date(dayS * 1_000).toISOString().slice(0, 10)}.json`;

  const readDay = async (zone: string, dayS: number): Promise<StoredDay | undefined> => {
    try {
      const day: unknown = JSON.parse(await world.files.readText(pathOf(zone, dayS)));
      return isDay(day) ? day : undefined;
    } catch {
      return undefined;
    }
  };

  const keep = async (zone: string, { points, ...facts }: IntensitySeries): Promise<void> => {
    for (const dayS of new Set(points.map(({ startS }) => dayOf(startS)))) {
      const fresh = points
        .filter(({ startS }) => dayOf(startS) === dayS)
        .map((point) => storedPoint(point, nowS()));
      const replaced = new Set(fresh.map(([startS]) => startS));
      const old = (await readDay(zone, dayS))?.points.filter(([startS]) => !replaced.has(startS)) ?? [];
      const day: StoredDay = { schema: SCHEMA, ...facts, points: [...old, ...fresh] };
      try {
        await world.files.writeAtomic(pathOf(zone, dayS), JSON.stringify(day));
      } catch {
        return;
      }
    }
  };

  /** What is kept of `range`; `settled` when asking again would bring nothing new. */
  const kept = async (zone: string, range: TimeRange) => {
    const days: StoredDay[] = [];
    for (let dayS = dayOf(range.startS); dayS < range.endS; dayS += DAY_S) {
      const day = await readDay(zone, dayS);
      if (day !== undefined) days.push(day);
    }
    const [first] = days;
    if (first === undefined) return undefined;
    const stored = days.flatMap((day) => day.points);
    const aged = (estimatedAtS: number): boolean => estimatedAtS > 0 && nowS() - estimatedAtS >= FRESH_S;
    const { source, licence, resolution, notes } = first;
    const series = { points: pointsWithin(stored.map(pointOf), range), source, licence, resolution, notes };
    const current = stored.filter(([, , , , , estimatedAtS]) => !aged(estimatedAtS)).map(pointOf);
    return { series, settled: coversWhole(pointsWithin(current, range), range) };
  };

  const through = async (
    zone: string,
    range: TimeRange,
    ask: () => Promise<IntensitySeries>,
  ): Promise<IntensitySeries> => {
    const found = await kept(zone, range);
    if (found?.settled) return found.series;
    if (found !== undefined && found.series.points.length > 0 && isOffline(world.env)) {
      return withNote(found.series, "offline: intensity from the cache");
    }
    try {
      const series = await ask();
      await keep(zone, series);
      return series;
    } catch (thrown) {
      if (isAbort(thrown) || found === undefined || found.series.points.length === 0) throw thrown;
      return withNote(found.series, `${messageOf(thrown)}: intensity from the cache`);
    }
  };

  const { forecast } = provider;
  return {
    id: provider.id,
    name: provider.name,
    stepS: provider.stepS,
    covers: provider.covers,
    latest: (zone, signal) =>
      through(zone, { startS: nowS(), endS: nowS() + 1 }, () => provider.latest(zone, signal)),
    history: (zone, range, signal) => through(zone, range, () => provider.history(zone, range, signal)),
    ...(forecast && {
      forecast: (zone, range, signal) => through(zone, range, () => forecast(zone, range, signal)),
    }),
  };
}

const dayOf = (seconds: number): number => Math.floor(seconds / DAY_S) * DAY_S;

/** A file that someone else wrote must not end up in a receipt. */
function isDay(value: unknown): value is StoredDay {
  if (typeof value !== "object" || value === null) return false;
  const { schema, source, licence, resolution, notes, points } = value as Record<keyof StoredDay, unknown>;
  const areTexts = (all: unknown): boolean =>
    Array.isArray(all) && all.every((each) => typeof each === "string");
  return (
    schema === SCHEMA &&
    areTexts([source, licence]) &&
    areTexts(notes) &&
    (resolution === "hour" || resolution === "half-hour") &&
    Array.isArray(points) &&
    points.every(isPoint)
  );
}

const isPoint = (value: unknown): value is StoredPoint =>
  Array.isArray(value) && value.length === 6 && value.every((each) => Number.isFinite(each) && each >= 0);

const pointOf = ([startS, endS, low, value, high, estimatedAtS]: StoredPoint): IntensityPoint => ({
  startS,
  endS,
  gPerKwh: { low, value, high },
  estimated: estimatedAtS > 0,
});

const storedPoint = ({ startS, endS, gPerKwh, estimated }: IntensityPoint, nowS: number): StoredPoint => [
  startS,
  endS,
  gPerKwh.low,
  gPerKwh.value,
  gPerKwh.high,
  estimated ? nowS : 0,
];

function coversWhole(points: readonly IntensityPoint[], range: TimeRange): boolean {
  let reached = range.startS;
  for (const point of points) {
    if (point.startS > reached) return false;
    reached = point.endS;
  }
  return reached >= range.endS;
}

const withNote = (series: IntensitySeries, note: string): IntensitySeries => ({
  ...series,
  notes: [...series.notes, note],
});
