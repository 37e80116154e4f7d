/** `frugal where`: the same energy in several places, ties called ties. */
import { formatEnergy, formatMass, significant } from "../../../core/format-quantity.ts";
import type { Interval } from "../../../core/interval.ts";
import { parseEnergy } from "../../../core/parse-quantity.ts";
import { gramsCO2e } from "../../../core/quantity.ts";
import { type ComparedPlace, type Comparison, comparePlaces } from "../../../energy/carbon/compare-places.ts";
import { columns } from "../columns.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { badOption } from "../program.ts";

export async function where(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const energy = parseEnergy(options["energy"] as string, "--energy");
  const pue = options["pue"] as number | undefined;
  const at = parseTime(options["at"] as string | undefined);
  const places = placesIn(options["zones"] as string);
  const comparison = await comparePlaces(context.world, {
    energy,
    places,
    signal: context.signal,
    ...(at !== undefined && { at }),
    ...(pue !== undefined && { pue }),
  });
  if (context.json) {
    await context.printJson({
      energy_j: energy,
      at: at ?? context.world.clock.stamp(),
      basis: comparison.basis,
      places: comparison.places.map(placeJson),
    });
    return 0;
  }
  await context.print(columns(comparison.places.map((place) => cells(place, comparison))));
  const basis = comparison.basis === "it" ? "IT energy" : "whole facility (IT energy × PUE)";
  context.note(`${formatEnergy(energy)}, ${basis}, location-based`);
  for (const line of notesOf(comparison)) context.note(line);
  return 0;
}

function placesIn(text: string): readonly string[] {
  const places = text.split(",").map((place) => place.trim());
  if (places.some((place) => place === ""))
    throw badOption("--zones", text, "name places with commas: FR,DE");
  return places;
}

function parseTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) {
    throw badOption("--at", text, "write a time as ISO 8601: 2026-11-25T14:00Z");
  }
  return new Date(milliseconds).toISOString();
}

const comparedOf = (place: ComparedPlace, { basis }: Comparison): Interval =>
  basis === "facility" ? place.facilityEmissionsG! : place.emissionsG;

function cells(place: ComparedPlace, comparison: Comparison): readonly string[] {
  const { low, value, high } = comparedOf(place, comparison);
  const mass = (grams: number): string => formatMass(gramsCO2e(grams));
  return [
    place.place,
    mass(value),
    `(${mass(low)} … ${mass(high)})`,
    `${significant(place.gPerKwh.value)} g/kWh`,
    ...(comparison.basis === "facility" ? [`PUE ${place.pue!.value}`] : []),
    relation(place, comparison),
    `${place.year}`,
    place.source,
  ];
}

/** Only an interval that lies below all others shows a place to be the lowest. */
function relation({ place, tiesWith }: ComparedPlace, { places }: Comparison): string {
  if (tiesWith.length > 0) return `ties with ${tiesWith.join(", ")}`;
  return places.length > 1 && places[0]?.place === place ? "lowest" : "";
}

/** A note that several places share is said once. */
function notesOf({ places }: Comparison): readonly string[] {
  const notes = new Set(places.flatMap((place) => place.notes));
  return [...notes].map((note) => {
    const of = places.filter((place) => place.notes.includes(note)).map(({ place }) => place);
    return `${of.length === places.length ? "all" : of.join(", ")}: ${note}`;
  });
}

const placeJson = (place: ComparedPlace): object => ({
  place: place.place,
  zone: place.zone,
  ...(place.cloudRegion !== undefined && { cloud_region: place.cloudRegion }),
  emissions_g: place.emissionsG,
  ...(place.pue && { pue: place.pue, facility_emissions_g: place.facilityEmissionsG }),
  intensity_g_per_kwh: place.gPerKwh,
  resolution: place.resolution,
  year: place.year,
  source: place.source,
  licence: place.licence,
  ties_with: place.tiesWith,
  notes: place.notes,
});
