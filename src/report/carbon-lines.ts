/** All that a receipt says about carbon and water, for a person. */
import { significant } from "../core/format-quantity.ts";
import type { EmbodiedRecord, FacilityRecord, MarketRecord, WaterRecord } from "../receipt/carbon-parts.ts";
import type { CarbonRecord, Range } from "../receipt/receipt.ts";
import { energyText, type Line, massText, noteLine, rangeText } from "./receipt-lines.ts";

export function carbonLines(carbon: CarbonRecord | undefined): readonly Line[] {
  if (carbon === undefined) return [["carbon", "unknown"]];
  const { zone, zone_from, cloud_region, year, resolution, source, licence, notes } = carbon;
  const place = cloud_region === undefined ? zone : `${zone} (${cloud_region})`;
  const when = resolution === undefined ? `${year}` : `${year}, by the ${resolution}`;
  return [
    ["carbon", massText(carbon.emissions_g)],
    ["  grid", `${place}, known by ${zone_from}; ${when}: ${intensityText(carbon.intensity_g_per_kwh)}`],
    ["", `from ${source}; ${licence}`],
    ...notes.map(noteLine),
    ...(carbon.market ? marketLines(carbon.market) : []),
    ...(carbon.facility ? facilityLines(carbon.facility) : []),
    ...(carbon.water ? waterLines(carbon.water) : []),
    ...(carbon.embodied ? embodiedLines(carbon.embodied) : []),
  ];
}

function marketLines(market: MarketRecord): readonly Line[] {
  const label = "  market";
  if (market.status === "unavailable") return [[label, `unavailable: ${market.reason}`]];
  const { emissions_g, intensity_g_per_kwh, instruments, remainder, notes } = market;
  const covered = instruments.map(({ kind, share, g_per_kwh, vintage, reference }): Line => {
    const details = [vintage, reference].filter((each) => each !== undefined).join(", ");
    return ["", `${shareText(share)} ${kind}${details && ` (${details})`}: ${gramsText(g_per_kwh)}`];
  });
  const rest = remainder && [
    `${shareText(remainder.share)} ${remainder.basis}: ${gramsText(remainder.g_per_kwh)}`,
  ];
  return [
    [label, `${massText(emissions_g)}, by contracts: ${intensityText(intensity_g_per_kwh)}`],
    ...covered,
    ...(rest ?? []).map((text): Line => ["", text]),
    ...notes.map(noteLine),
  ];
}

const facilityLines = ({ pue, source, energy_j, emissions_g }: FacilityRecord): readonly Line[] => [
  ["  facility", `${energyText(energy_j)}, ${massText(emissions_g)}`],
  ["", `PUE ${significant(pue)}, from ${source}`],
];

const waterLines = ({ wue_l_per_kwh, source, water_l }: WaterRecord): readonly Line[] => [
  ["  water", `${rangeText(water_l, significant)} L`],
  ["", `${significant(wue_l_per_kwh)} L/kWh, from ${source}`],
];

function embodiedLines(embodied: EmbodiedRecord): readonly Line[] {
  const label = "  embodied";
  if (embodied.status === "unavailable") return [[label, `unavailable: ${embodied.reason}`]];
  const { emissions_g, device, total_g, lifespan_years, share, source, notes } = embodied;
  const whole = `${device}, ${massText(total_g)} over ${significant(lifespan_years)} years`;
  return [
    [label, massText(emissions_g)],
    ["", `${shareText(share)} of ${whole}, from ${source}`],
    ...notes.map(noteLine),
  ];
}

const gramsText = (value: number): string => `${significant(value)} gCO2e/kWh`;
const intensityText = (range: Range): string => `${rangeText(range, significant)} gCO2e/kWh`;
const shareText = (share: number): string => `${significant(100 * share)} %`;
