/** `frugal where`: the same energy in several places, ties called ties. */
import { FrugalError } from "../../../core/error.ts";
import { formatEnergy, formatMass, significant } from "../../../core/format-quantity.ts";
import type { Interval } from "../../../core/interval.ts";
import { parseEnergy } from "../../../core/parse-quantity.ts";
import { gramsCO2e, type Joules, joules } from "../../../core/quantity.ts";
import { type ComparedPlace, type Comparison, comparePlaces } from "../../../energy/carbon/compare-places.ts";
import type { Receipt } from "../../../receipt/receipt.ts";
import { SHORT_ID } from "../../../report/receipt-line.ts";
import { columns } from "../columns.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { findReceipt } from "../find-receipt.ts";
import { badOption } from "../program.ts";

export async function where(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const pue = options["pue"] as number | undefined;
  const asked = parseTime(options["at"] as string | undefined);
  const places = placesIn(options["zones"] as string);
  const { energy, receipt } = await energyIn(context, options);
  const at = asked ?? receipt?.started_at;
  const comparison = await comparePlaces(context.world, {
    energy,
    places,
    signal: context.signal,
    ...(at !== undefined && { at }),
    ...(receipt && { durationS: receipt.duration_s }),
    ...(pue !== undefined && { pue }),
  });
  if (context.json) {
    await context.printJson({
      energy_j: energy,
      ...(receipt && { receipt: receipt.id }),
      at: at ?? context.world.clock.stamp(),
      basis: comparison.basis,
      places: comparison.places.map(placeJson),
    });
    return 0;
  }
  await context.print(columns(comparison.places.map((place) => cells(place, comparison))));
  const basis = comparison.basis === "it" ? "IT energy" : "whole facility (IT energy × PUE)";
  context.note(`${formatEnergy(energy)}, ${basis}, location-based`);
  if (receipt !== undefined) context.note(receiptNote(receipt));
  for (const line of notesOf(comparison)) context.note(line);
  return 0;
}

async function energyIn(
  context: CliContext,
  options: OptionValues,
): Promise<{ readonly energy: Joules; readonly receipt?: Receipt }> {
  const { energy: amount, receipt: id } = options as { readonly energy?: string; readonly receipt?: string };
  if (amount !== undefined && id !== undefined)
    throw notOneEnergy("two energies", "--energy and --receipt are both given");
  if (amount !== undefined) return { energy: parseEnergy(amount, "--energy") };
  if (id === undefined) throw notOneEnergy("no energy", "neither --energy nor --receipt is given");
  const receipt = await findReceipt(context, id);
  const total = receipt.energy.total_j;
  if (total === undefined || total.value <= 0) {
    throw new FrugalError({
      code: "not-found",
      what: `receipt ${receipt.id.slice(0, SHORT_ID)} has no energy to compare`,
      why: total === undefined ? "nobody could read it" : "it is 0",
      remedy: `frugal log show ${receipt.id.slice(0, SHORT_ID)} says why; --energy takes an amount of your own`,
    });
  }
  return { energy: joules(total.value), receipt };
}

const notOneEnergy = (what: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `${what} to compare`,
    why,
    remedy: "give one of them: --energy 5kWh, or --receipt ID (frugal log lists them)",
  });

/** Ties are judged without the energy's own error: it is the same in every place. */
function receiptNote({ id, energy: { total_j } }: Receipt): string {
  const { low, high } = total_j!;
  return `receipt ${id.slice(0, SHORT_ID)}: its energy lies from ${formatEnergy(joules(low))} to ${formatEnergy(joules(high))}, an error that all places share and no interval here holds`;
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
