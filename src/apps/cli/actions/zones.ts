/** `frugal zones`: the names that `--zone` and `--cloud` take. */
import { FrugalError } from "../../../core/error.ts";
import { significant } from "../../../core/format-quantity.ts";
import type { CloudRegion } from "../../../energy/carbon/cloud/cloud-region.ts";
import {
  listZones,
  searchCloudRegions,
  searchZones,
  type ZoneEntry,
} from "../../../energy/carbon/grid/zone-list.ts";
import { columns } from "../columns.ts";
import type { CliContext } from "../command.ts";

export async function zones(context: CliContext, args: readonly string[]): Promise<number> {
  const search = args.join(" ");
  const year = Number(context.world.clock.stamp().slice(0, 4));
  const found = searchZones(await listZones(year), search);
  const regions = searchCloudRegions(search);
  if (found.length === 0 && regions.length === 0) {
    throw new FrugalError({
      code: "not-found",
      what: `zone ${search}`,
      why: "no zone, country or cloud region has this in its name",
      remedy: "try a part of the name, or frugal zones for all",
    });
  }
  if (context.json) {
    await context.printJson({ zones: found.map(zoneJson), cloud_regions: regions.map(regionJson) });
    return 0;
  }
  const rows = [...found.map(zoneCells), ...regions.map(regionCells)];
  await context.print(columns(rows));
  context.note(
    "zones: Electricity Maps (ODbL 1.0) and Ember (CC BY-SA 4.0), through @tgwf/co2; cloud regions: docs/carbon.md",
  );
  return 0;
}

const zoneCells = ({ zone, name, country, gPerKwh, year }: ZoneEntry): readonly string[] => [
  zone,
  country === undefined || country === name ? name : `${name}, ${country}`,
  `${significant(gPerKwh)} g/kWh`,
  `${year}`,
];

const regionCells = ({ id, place, zone, otherZone, pue }: CloudRegion): readonly string[] => [
  id,
  place,
  otherZone === undefined ? zone : `${zone} or ${otherZone}`,
  pue === undefined ? "" : `PUE ${pue.value}`,
];

const zoneJson = ({ gPerKwh, ...facts }: ZoneEntry): object => ({ ...facts, intensity_g_per_kwh: gPerKwh });

const regionJson = ({ otherZone, ...facts }: CloudRegion): object => ({
  ...facts,
  ...(otherZone !== undefined && { other_zone: otherZone }),
});
