/**
 * `frugal/carbon`: `const { gPerKwh } = await carbonIntensity("FR")`; places compared before a run, energy and
 * intensity on one time grid, the SCI score.
 */
import type { CarbonFlags } from "../energy/carbon/carbon-settings.ts";
import {
  type Comparison,
  type ComparisonRequest,
  comparePlaces as comparePlacesIn,
} from "../energy/carbon/compare-places.ts";
import { listZones as listZonesIn, type ZoneEntry } from "../energy/carbon/grid/zone-list.ts";
import { electricityMaps as electricityMapsIn } from "../energy/carbon/live/electricity-maps.ts";
import type { IntensityProvider } from "../energy/carbon/live/intensity-provider.ts";
import { ukCarbonIntensity as ukCarbonIntensityIn } from "../energy/carbon/live/uk-carbon-intensity.ts";
import { type OpenCarbon, openCarbon as openCarbonIn } from "../energy/carbon/open-carbon.ts";
import { nodeWorld } from "../host/node-world.ts";
import type { CarbonIntensity } from "../receipt/build-carbon.ts";

export { type CloudRegion, cloudRegions, findCloudRegion } from "../energy/carbon/cloud/cloud-region.ts";
export type { ComparedPlace } from "../energy/carbon/compare-places.ts";
export { type EmbodiedDevice, embodiedDevices } from "../energy/carbon/embodied-factor.ts";
export { type YearlyIntensity, yearlyIntensity } from "../energy/carbon/grid/yearly-intensity.ts";
export {
  type EnergySlice,
  type IntegratedEmissions,
  integrateEmissions,
  meanIntensity,
} from "../energy/carbon/integrate-emissions.ts";
export type { IntensityPoint, IntensitySeries, TimeRange } from "../energy/carbon/live/intensity-provider.ts";
export type { CarbonWindow } from "../energy/carbon/open-carbon.ts";
export { type SciFacts, sciScore } from "../energy/carbon/sci-score.ts";
export type {
  CarbonFlags,
  CarbonIntensity,
  Comparison,
  ComparisonRequest,
  IntensityProvider,
  OpenCarbon,
  ZoneEntry,
};

/**
 * Settles place, contracts, PUE and hardware from the flags, the environment and config.json; `over(window)` then
 * gives the figures for a run. Nobody's word leaves the world mean, which says so.
 */
export const openCarbon = (flags: CarbonFlags = {}): Promise<OpenCarbon> => openCarbonIn(nodeWorld(), flags);

/** The figures for this moment: `openCarbon` for those who need one number. */
export async function carbonIntensity(zone?: string): Promise<CarbonIntensity> {
  const world = nodeWorld();
  const open = await openCarbonIn(world, zone === undefined ? {} : { zone });
  return await open.over({ startedAt: world.clock.stamp(), durationS: 0 });
}

/** The emissions of the same energy in several places. */
export const comparePlaces = (request: ComparisonRequest): Promise<Comparison> =>
  comparePlacesIn(nodeWorld(), request);

/** Every zone with its mean of the year nearest to `year`; this year unless told. */
export const listZones = (year: number = new Date().getUTCFullYear()): Promise<readonly ZoneEntry[]> =>
  listZonesIn(year);

/** Live intensity by the hour; the token is the caller's. */
export const electricityMaps = (token: string): IntensityProvider => electricityMapsIn(nodeWorld(), token);

/** Live intensity of Great Britain by the half-hour. */
export const ukCarbonIntensity = (): IntensityProvider => ukCarbonIntensityIn(nodeWorld());
