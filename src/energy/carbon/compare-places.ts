import { exactly, type Interval, overlaps, product, scale } from "../../core/interval.ts";
import { type Joules, toKwh } from "../../core/quantity.ts";
import type { SourcedFigure } from "../../receipt/build-carbon.ts";
import { readCarbonConfig } from "./carbon-config.ts";
import { cloudRegion, isCloudName } from "./cloud/cloud-region.ts";
import { failed } from "./live/fetch-text.ts";
import type { IntensityProvider, TimeRange } from "./live/intensity-provider.ts";
import { type LiveQuestion, liveIntensity } from "./live-intensity.ts";
import { type CarbonWorld, liveProvider, yearOf } from "./open-carbon.ts";
import { type PlaceIntensity, yearlyOfPlace } from "./place-intensity.ts";
import type { Place } from "./resolve-place.ts";

export interface ComparisonRequest {
  readonly energy: Joules;
  /** Zones (`FR`, `US-CAL-CISO`) or cloud regions (`aws:eu-west-3`). */
  readonly places: readonly string[];
  /** ISO 8601; now unless told. */
  readonly at?: string;
  /** Seconds that it takes; an hour unless told. */
  readonly durationS?: number;
  /** For every place; else what the cloud provider publishes, if anything. */
  readonly pue?: number;
  readonly signal?: AbortSignal;
}

export interface ComparedPlace extends PlaceIntensity {
  /** The cloud region's id, else the zone. */
  readonly place: string;
  readonly cloudRegion?: string;
  /** Of the IT energy. */
  readonly emissionsG: Interval;
  readonly pue?: SourcedFigure;
  /** Of the IT energy × PUE. */
  readonly facilityEmissionsG?: Interval;
  /** Places whose interval overlaps this one's: they are not shown to differ. */
  readonly tiesWith: readonly string[];
}

export interface Comparison {
  /** What is compared: the whole facility where every place has a PUE, else the IT energy. */
  readonly basis: "it" | "facility";
  /** Lowest value first. */
  readonly places: readonly ComparedPlace[];
}

const HOUR_S = 3_600;

/** The emissions of the same energy in several places. Throws what a wrong place or config throws. */
export async function comparePlaces(world: CarbonWorld, request: ComparisonRequest): Promise<Comparison> {
  const now = world.clock.stamp();
  const startS = Date.parse(request.at ?? now) / 1_000;
  const moment: Moment = {
    // A run shorter than a second still meets the figure of its second.
    range: { startS, endS: startS + Math.max(1, request.durationS ?? HOUR_S) },
    kind: request.at === undefined ? "now" : startS > Date.parse(now) / 1_000 ? "future" : "past",
  };
  const provider = await liveProvider(world, await readCarbonConfig(world));
  const all = await Promise.all(request.places.map((place) => rowOf(place, request, moment, provider)));
  // FR and FRA are one place.
  const rows = [...new Map(all.map((row) => [row.place, row])).values()];
  const basis = rows.every((row) => row.facilityEmissionsG !== undefined) ? "facility" : "it";
  const compared = (row: Row): Interval => (basis === "facility" ? row.facilityEmissionsG! : row.emissionsG);
  const sorted = [...rows].sort((a, b) => compared(a).value - compared(b).value);
  const places = sorted.map((row) => ({
    ...row,
    tiesWith: sorted
      .filter((other) => other !== row && overlaps(compared(other), compared(row)))
      .map((other) => other.place),
  }));
  return { basis, places };
}

type Row = Omit<ComparedPlace, "tiesWith">;

interface Moment {
  readonly range: TimeRange;
  readonly kind: "past" | "now" | "future";
}

async function rowOf(
  text: string,
  { energy, pue: givenPue, signal }: ComparisonRequest,
  moment: Moment,
  provider: IntensityProvider | undefined,
): Promise<Row> {
  const place: Place = isCloudName(text)
    ? { region: cloudRegion(text), from: "flag", notes: [] }
    : { zone: text, from: "flag", notes: [] };
  const year = yearOf(new Date(moment.range.startS * 1_000).toISOString());
  const yearly = await yearlyOfPlace(place, year);
  const { range } = moment;
  const found =
    provider === undefined
      ? yearly
      : await liveIntensity({ provider, place, yearly, range, ask: askAt(moment, yearly.zone, signal) });
  const pue = givenPue === undefined ? place.region?.pue : { value: givenPue, source: "flag" };
  const emissionsG = product(exactly(toKwh(energy)), found.gPerKwh);
  return {
    ...found,
    place: place.region?.id ?? found.zone,
    ...(place.region && { cloudRegion: place.region.id }),
    emissionsG,
    ...(pue && { pue, facilityEmissionsG: scale(emissionsG, pue.value) }),
  };
}

/** The past and the future by their own questions; now by the newest figure, unless that is hours old. */
const askAt =
  ({ kind, range }: Moment, zone: string, signal?: AbortSignal): NonNullable<LiveQuestion["ask"]> =>
  async (provider) => {
    if (kind === "past") return await provider.history(zone, range, signal);
    if (kind === "future") {
      if (provider.forecast === undefined) throw failed(provider.name, "it offers no forecast");
      return await provider.forecast(zone, range, signal);
    }
    const series = await provider.latest(zone, signal);
    const newest = series.points.slice(-1).filter(({ endS }) => range.startS - endS < 2 * HOUR_S);
    return { ...series, points: newest.map((point) => ({ ...point, ...range })) };
  };
