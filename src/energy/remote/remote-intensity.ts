import type { Clock, Fetch } from "../../core/ports.ts";
import type { CarbonIntensity, SourcedFigure } from "../../receipt/build-carbon.ts";
import { yearOf } from "../carbon/open-carbon.ts";
import { yearlyOfPlace } from "../carbon/place-intensity.ts";
import { resolvePlace } from "../carbon/resolve-place.ts";

/** Where a provider computes, as far as the user knows. */
export interface RemotePlace {
  readonly zone?: string | undefined;
  /** `aws:eu-west-3`. */
  readonly cloud?: string | undefined;
  readonly pue?: number | undefined;
  /** L/kWh. */
  readonly wue?: number | undefined;
}

const UNKNOWN = {
  zone: "WORLD",
  from: "default",
  notes: ["where the provider computes is not known; name its place by --zone or --cloud"],
} as const;

/**
 * The yearly intensity where a provider computes. Unlike a run's own, it takes nothing from the environment or
 * config.json: zone, PUE and contracts that stand there are the user's and not the provider's. Throws what a wrong place throws.
 */
export async function remoteIntensity(
  world: { readonly clock: Pick<Clock, "stamp" | "sleep">; readonly fetch: Fetch },
  { zone, cloud, pue, wue }: RemotePlace,
): Promise<CarbonIntensity> {
  const flags = { ...(zone !== undefined && { zone }), ...(cloud !== undefined && { cloud }) };
  const isKnown = zone !== undefined || cloud !== undefined;
  const place = isKnown ? await resolvePlace({ ...world, env: {} }, flags, {}) : UNKNOWN;
  const region = "region" in place ? place.region : undefined;
  const found = await yearlyOfPlace(place, yearOf(world.clock.stamp()));
  const told = pue === undefined ? region?.pue : flag(pue);
  return {
    ...found,
    notes: [...place.notes, ...found.notes],
    zoneFrom: place.from,
    ...(region && { cloudRegion: region.id }),
    ...(told && { pue: told }),
    ...(wue !== undefined && { wue: flag(wue) }),
  };
}

const flag = (value: number): SourcedFigure => ({ value, source: "flag" });
