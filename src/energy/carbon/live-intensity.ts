import { FrugalError, isAbort } from "../../core/error.ts";
import { meanIntensity } from "./integrate-emissions.ts";
import type { IntensityProvider, IntensitySeries, TimeRange } from "./live/intensity-provider.ts";
import type { PlaceIntensity } from "./place-intensity.ts";
import type { Place } from "./resolve-place.ts";

/** A question to a live source, for a place whose yearly mean is known. */
export interface LiveQuestion {
  readonly provider: IntensityProvider;
  readonly place: Place;
  readonly yearly: PlaceIntensity;
  readonly range: TimeRange;
  /** The provider's history over `range` unless told. */
  readonly ask?: (provider: IntensityProvider) => Promise<IntensitySeries>;
  readonly signal?: AbortSignal;
}

/**
 * The live figures over a range, with the yearly mean in their gaps; the yearly mean alone where the source does not
 * cover the place, fails or has nothing. The notes say which. Throws only when aborted.
 */
export async function liveIntensity(question: LiveQuestion): Promise<PlaceIntensity> {
  const { provider, place, yearly, range, signal } = question;
  const ask = question.ask ?? ((asked) => asked.history(yearly.zone, range, signal));
  const instead = (why: string): PlaceIntensity => ({
    ...yearly,
    notes: [...yearly.notes, `no live intensity, ${why}: the yearly average is used`],
  });
  if (!provider.covers(yearly.zone)) return instead(`${provider.name} does not cover ${yearly.zone}`);
  if (place.region?.otherZone !== undefined) return instead("it is not certain which grid feeds the region");
  let series: IntensitySeries;
  try {
    series = await ask(provider);
  } catch (thrown) {
    if (isAbort(thrown) || !(thrown instanceof FrugalError)) throw thrown;
    return instead(thrown.message);
  }
  const { gPerKwh, covered } = meanIntensity(range, series.points, yearly.gPerKwh);
  if (covered === 0) return instead(`${series.source} has no figure for this time`);
  const isWhole = covered > 1 - 1e-9;
  const gap = `live for ${Math.floor(covered * 100)} % of the time, the rest is the yearly average of ${yearly.year}: ${yearly.source}`;
  return {
    zone: yearly.zone,
    year: new Date(range.startS * 1_000).getUTCFullYear(),
    gPerKwh,
    source: series.source,
    licence: isWhole ? series.licence : `${series.licence}; ${yearly.licence}`,
    resolution: series.resolution,
    notes: [
      ...series.notes,
      ...(series.points.some((point) => point.estimated) ? ["some of it is an estimate of the source"] : []),
      ...(isWhole ? [] : [gap]),
    ],
  };
}
