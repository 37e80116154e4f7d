import { FrugalError } from "../core/error.ts";
import { byFactor, type Interval } from "../core/interval.ts";
import type { CarbonIntensity } from "../receipt/build-receipt.ts";
import { twoLetterCode } from "./country-codes.ts";
import { nearMatches } from "./near-matches.ts";
import { resolveZone, type ZoneChoice, type ZoneWorld } from "./resolve-zone.ts";

const EMBER = {
  source: "Ember yearly electricity data, through @tgwf/co2 0.19",
  licence: "CC BY-SA 4.0",
} as const;
const ELECTRICITY_MAPS = {
  source: "Electricity Maps yearly averages, through @tgwf/co2 0.19",
  licence: "ODbL 1.0",
} as const;
/** Ember's world mean in that release, 472.94 g/kWh, is the one of 2024 (Global Electricity Review 2025). */
const WORLD_YEAR = 2024;
/** The release mixes 2022 to 2024 without saying which country has which: the oldest is claimed. */
const OLDEST_EMBER_YEAR = 2022;
/**
 * A moment against its yearly mean: our choice, half to double. That intensity moves through the day and the year, and how
 * much by region, is shown by Wiesner et al. 2021, "Let's Wait Awhile", doi:10.1145/3464298.3493399.
 */
const MOMENT_FACTOR = 2;
const OLD_YEARS = 3;
const YEARLY_NOTE = "a yearly average: the grid at the time of the run may differ by a factor of two";

interface Grid {
  readonly year: number;
  readonly zones: Readonly<Record<string, { readonly carbonIntensity: { readonly value: number } }>>;
  readonly ember: Readonly<Record<string, number>>;
}

/** The intensity for a run of this user. Throws what `resolveZone` and `intensityOf` throw. */
export async function carbonIntensity(
  world: ZoneWorld & { readonly clock: { stamp(): string } },
  flag?: string,
): Promise<CarbonIntensity> {
  return await intensityOf(await resolveZone(world, flag), yearOf(world.clock.stamp()));
}

const yearOf = (stamp: string): number => Number(stamp.slice(0, 4));

/**
 * Yearly mean intensity of a zone: country codes of two or three letters, or zones of Electricity Maps such as
 * US-CAL-CISO; no zone means the world. Throws "carbon-zone-unknown" with near matches.
 */
export async function intensityOf(choice: ZoneChoice, thisYear: number): Promise<CarbonIntensity> {
  const grid = await loadGrid();
  const found = choice.zone === undefined ? worldMean(grid) : zoneMean(grid, choice.zone);
  const age = thisYear - found.year;
  const notes =
    age > OLD_YEARS ? [...found.notes, `the figure is of ${found.year}, ${age} years old`] : found.notes;
  return { ...found, notes, zoneFrom: choice.from };
}

async function loadGrid(): Promise<Grid> {
  const { averageIntensity, electricityMaps } = await import("@tgwf/co2/data");
  const years = Object.keys(electricityMaps).map((key) => Number(key.replace("yearly", "")));
  const year = Math.max(...years);
  return { year, zones: electricityMaps[`yearly${year}`]!.data, ember: averageIntensity.data };
}

type Mean = Omit<CarbonIntensity, "zoneFrom">;

function worldMean(grid: Grid): Mean {
  const value = grid.ember["WORLD"]!;
  const note =
    "location unknown: the world mean, with the range of 95 % of the world's countries; name yours by --zone, FRUGAL_ZONE or config.json";
  return {
    gPerKwh: spreadOfCountries(grid, value),
    zone: "WORLD",
    year: WORLD_YEAR,
    ...EMBER,
    notes: [note],
  };
}

/** 2.5th to 97.5th percentile over countries, each counted once. */
function spreadOfCountries(grid: Grid, value: number): Interval {
  const countries = Object.entries(grid.zones).filter(([zone]) => zone.length === 2);
  const sorted = countries.map(([, entry]) => entry.carbonIntensity.value).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))]!;
  return { low: Math.min(value, at(0.025)), value, high: Math.max(value, at(0.975)) };
}

function zoneMean(grid: Grid, given: string): Mean {
  const code = given.trim().toUpperCase();
  if (code === "WORLD") return worldMean(grid);
  const two = twoLetterCode(code) ?? code;
  const zone = Object.hasOwn(grid.zones, two) ? grid.zones[two] : undefined;
  if (zone !== undefined) {
    const gPerKwh = byFactor(zone.carbonIntensity.value, MOMENT_FACTOR);
    return { gPerKwh, zone: two, year: grid.year, ...ELECTRICITY_MAPS, notes: [YEARLY_NOTE] };
  }
  const ember = Object.hasOwn(grid.ember, code) ? grid.ember[code]! : 0;
  // 0 stands for a gap in the table (CAF): no grid emits nothing over its life cycle.
  if (ember > 0) {
    const notes = [YEARLY_NOTE, "the source does not say which year from 2022 to 2024 the figure is of"];
    return { gPerKwh: byFactor(ember, MOMENT_FACTOR), zone: code, year: OLDEST_EMBER_YEAR, ...EMBER, notes };
  }
  const near = nearMatches(code, [...Object.keys(grid.zones), ...Object.keys(grid.ember)]);
  const suggestion = near.length > 0 ? `did you mean ${near.join(", ")}? ` : "";
  throw new FrugalError({
    code: "carbon-zone-unknown",
    what: `zone ${given}`,
    why: "there is no grid data under this name",
    remedy: `${suggestion}give a country code (FR, FRA) or a zone of Electricity Maps (US-CAL-CISO)`,
  });
}
