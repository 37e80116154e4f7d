import type { CarbonIntensity } from "../../receipt/build-carbon.ts";
import { type YearlyIntensity, yearlyIntensity } from "./grid/yearly-intensity.ts";
import type { Place } from "./resolve-place.ts";

export type PlaceIntensity = YearlyIntensity & Pick<CarbonIntensity, "resolution">;

/** Yearly mean of a place; a region that two grids may feed gets the interval of both. */
export async function yearlyOfPlace(place: Place, year: number): Promise<PlaceIntensity> {
  const zone = place.region?.zone ?? place.zone;
  const first = { ...(await yearlyIntensity(zone, year)), resolution: "year" } as const;
  const other = place.region?.otherZone;
  if (other === undefined) return first;
  const second = await yearlyIntensity(other, year);
  const gPerKwh = {
    low: Math.min(first.gPerKwh.low, second.gPerKwh.low),
    value: first.gPerKwh.value,
    high: Math.max(first.gPerKwh.high, second.gPerKwh.high),
  };
  const both = `${place.region?.place} may draw from ${first.zone} or from ${second.zone}: the interval spans both`;
  return { ...first, gPerKwh, notes: [...first.notes, both] };
}
