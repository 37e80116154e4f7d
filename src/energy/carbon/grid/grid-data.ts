import { emberYear } from "./ember-years.ts";

export interface ZoneFigure {
  readonly value: number;
  readonly year: number;
  readonly name: string;
  readonly country?: string;
}

/** Yearly means of both sources. Loaded only when asked for: the tables hold 400 kB. */
export interface GridData {
  /** Zones of Electricity Maps in the year nearest to the one asked for. */
  readonly zones: ReadonlyMap<string, ZoneFigure>;
  /** Ember's countries and groups, by its own codes; gaps are left out. */
  readonly ember: ReadonlyMap<string, Omit<ZoneFigure, "name">>;
}

/** @param year of the run; of two equally near years the later one is taken. */
export async function loadGridData(year: number): Promise<GridData> {
  const { averageIntensity, electricityMaps } = await import("@tgwf/co2/data");
  const years = Object.keys(electricityMaps).map((key) => Number(key.replace("yearly", "")));
  const away = (each: number): number => Math.abs(each - year);
  const nearest = years.reduce((best, each) =>
    away(each) < away(best) || (away(each) === away(best) && each > best) ? each : best,
  );
  const zones = Object.entries(electricityMaps[`yearly${nearest}`]!.data).map(([key, entry]) => {
    const { zoneName: name, countryName: country } = entry.zone;
    const figure = { value: entry.carbonIntensity.value, year: nearest, name };
    return [key, country === undefined ? figure : { ...figure, country }] as const;
  });
  const ember = Object.entries(averageIntensity.data)
    // No grid emits nothing over its life cycle: 0 (the Central African Republic) is a gap.
    .filter(([, value]) => value > 0)
    .map(([code, value]) => [code, { value, year: emberYear(code) }] as const);
  return { zones: new Map(zones), ember: new Map(ember) };
}
