import { type CloudRegion, cloudRegions } from "../cloud/cloud-region.ts";
import { threeLetterCode, twoLetterCode } from "./country-codes.ts";
import { loadGridData } from "./grid-data.ts";
import { ELECTRICITY_MAPS, EMBER } from "./yearly-intensity.ts";

/** A place that `--zone` takes. */
export interface ZoneEntry {
  readonly zone: string;
  readonly name: string;
  readonly country?: string;
  readonly gPerKwh: number;
  readonly year: number;
  readonly source: string;
  readonly licence: string;
}

/** All zones: those of Electricity Maps, then the countries and groups that only Ember has. */
export async function listZones(year: number): Promise<readonly ZoneEntry[]> {
  const grid = await loadGridData(year);
  const zones = [...grid.zones].map(([zone, { value, ...figure }]) => ({
    zone,
    gPerKwh: value,
    ...figure,
    ...ELECTRICITY_MAPS,
  }));
  const names = new Intl.DisplayNames(["en"], { type: "region" });
  const countries = [...grid.ember].flatMap(([code, figure]) => {
    const two = twoLetterCode(code);
    if (two !== undefined && grid.zones.has(two)) return [];
    const name = two === undefined ? code : (names.of(two) ?? code);
    return [{ zone: code, name, gPerKwh: figure.value, year: figure.year, ...EMBER }];
  });
  return [...zones, ...countries].sort((a, b) => a.zone.localeCompare(b.zone));
}

/** Zones whose key, name, country or three-letter code contains the words, whatever their case and accents. */
export function searchZones(zones: readonly ZoneEntry[], search: string): readonly ZoneEntry[] {
  const wanted = plain(search);
  return zones.filter(({ zone, name, country = "" }) =>
    [zone, name, country, threeLetterCode(zone) ?? ""].some((text) => plain(text).includes(wanted)),
  );
}

/** Cloud regions whose id, place or zone contains the words. */
export function searchCloudRegions(search: string): readonly CloudRegion[] {
  const wanted = plain(search);
  return cloudRegions().filter(({ id, place, zone }) =>
    [id, place, zone].some((text) => plain(text).includes(wanted)),
  );
}

/** Lower case, without accents: `Québec` and `quebec` are one name. */
const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .trim();
