import { FrugalError } from "../../../core/error.ts";
import { byFactor, type Interval } from "../../../core/interval.ts";
import { threeLetterCode, twoLetterCode } from "./country-codes.ts";
import { type GridData, loadGridData } from "./grid-data.ts";
import { nearMatches } from "./near-matches.ts";

/** The mean intensity of one year with its provenance. */
export interface YearlyIntensity {
  readonly gPerKwh: Interval;
  /** As the source calls it; `WORLD` where no place is known. */
  readonly zone: string;
  readonly year: number;
  readonly source: string;
  readonly licence: string;
  readonly notes: readonly string[];
}

export const EMBER = {
  source: "Ember yearly electricity data, through @tgwf/co2 0.19",
  licence: "CC BY-SA 4.0",
} as const;
export const ELECTRICITY_MAPS = {
  source: "Electricity Maps yearly averages, through @tgwf/co2 0.19",
  licence: "ODbL 1.0",
} as const;
/**
 * A moment against its yearly mean: our choice, half to double. That intensity moves through the day and the year,
 * and how much by region, is shown by Wiesner et al. 2021, "Let's Wait Awhile", doi:10.1145/3464298.3493399.
 */
const MOMENT_FACTOR = 2;
/** A group of countries is no grid: its members lie further from its mean than any hour from a year. Our choice. */
const GROUP_FACTOR = 5;
const OLD_YEARS = 3;
const YEARLY_NOTE = "a yearly average: the grid at the time of the run may differ by a factor of two";
const GROUP_NOTE = "the mean of a group of countries, which is no grid: name the country";
const WORLD_NOTE = "the world mean, with the range of 95 % of the world's countries";
const UNKNOWN_NOTE = `location unknown: ${WORLD_NOTE}; name yours by --zone, FRUGAL_ZONE or config.json`;

/**
 * Yearly mean of a place: country codes of two or three letters, or zones of Electricity Maps such as US-CAL-CISO; no
 * zone means the world. The year nearest to `year` is taken. Throws "carbon-zone-unknown" with near matches.
 */
export async function yearlyIntensity(zone: string | undefined, year: number): Promise<YearlyIntensity> {
  const grid = await loadGridData(year);
  const found = zone === undefined ? worldMean(grid, UNKNOWN_NOTE) : zoneMean(grid, zone);
  const age = Math.abs(year - found.year);
  if (age <= OLD_YEARS) return found;
  const old = `the figure is of ${found.year}, ${age} years ${year > found.year ? "before" : "after"} the run`;
  return { ...found, notes: [...found.notes, old] };
}

function worldMean(grid: GridData, note: string): YearlyIntensity {
  const { value, year } = grid.ember.get("WORLD")!;
  return { gPerKwh: spreadOfCountries(grid, value), zone: "WORLD", year, ...EMBER, notes: [note] };
}

/** 2.5th to 97.5th percentile over countries, each counted once. */
function spreadOfCountries(grid: GridData, value: number): Interval {
  const countries = [...grid.zones].filter(([zone]) => zone.length === 2);
  const sorted = countries.map(([, figure]) => figure.value).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))]!;
  return { low: Math.min(value, at(0.025)), value, high: Math.max(value, at(0.975)) };
}

function zoneMean(grid: GridData, given: string): YearlyIntensity {
  const code = given.trim().toUpperCase();
  if (code === "WORLD") return worldMean(grid, WORLD_NOTE);
  const two = twoLetterCode(code) ?? code;
  const figure = grid.zones.get(two);
  if (figure !== undefined) {
    const gPerKwh = byFactor(figure.value, MOMENT_FACTOR);
    return { gPerKwh, zone: two, year: figure.year, ...ELECTRICITY_MAPS, notes: [YEARLY_NOTE] };
  }
  const three = threeLetterCode(code) ?? code;
  const ember = grid.ember.get(three);
  if (ember !== undefined) {
    const isCountry = twoLetterCode(three) !== undefined;
    const gPerKwh = byFactor(ember.value, isCountry ? MOMENT_FACTOR : GROUP_FACTOR);
    const notes = [isCountry ? YEARLY_NOTE : GROUP_NOTE];
    return { gPerKwh, zone: three, year: ember.year, ...EMBER, notes };
  }
  const near = nearMatches(code, [...grid.zones.keys(), ...grid.ember.keys()]);
  const suggestion = near.length > 0 ? `did you mean ${near.join(", ")}? ` : "";
  throw new FrugalError({
    code: "carbon-zone-unknown",
    what: `zone ${given}`,
    why: "there is no grid data under this name",
    remedy: `${suggestion}find names with frugal zones SEARCH, or give a country code (FR, FRA)`,
  });
}
