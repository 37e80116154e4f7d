import { exactly, type Interval, product, scale } from "../core/interval.ts";
import { JOULES_PER_KWH } from "../core/quantity.ts";
import type { CarbonParts, EmbodiedRecord, MarketRecord } from "./carbon-parts.ts";
import type { CarbonRecord } from "./receipt.ts";

/** A figure of the user or of a provider, with who said it. */
export interface SourcedFigure {
  readonly value: number;
  readonly source: string;
}

type Available<Part> = Extract<Part, { status: "available" }>;
type Unavailable<Part> = Extract<Part, { status: "unavailable" }>;

/** The market-based factor before energy is known. */
export type MarketFactor = Omit<Available<MarketRecord>, "emissions_g"> | Unavailable<MarketRecord>;

/** A device's embodied emissions before the run's duration is known. */
export type EmbodiedFactor = Omit<Available<EmbodiedRecord>, "emissions_g"> | Unavailable<EmbodiedRecord>;

/** Intensity over a run with its provenance, as energy/carbon/ finds it. */
export interface CarbonIntensity extends Pick<CarbonParts, "resolution"> {
  readonly gPerKwh: Interval;
  readonly zone: string;
  readonly zoneFrom: CarbonRecord["zone_from"];
  readonly year: number;
  readonly source: string;
  readonly licence: string;
  readonly notes: readonly string[];
  readonly cloudRegion?: string;
  readonly market?: MarketFactor;
  readonly pue?: SourcedFigure;
  /** L/kWh. */
  readonly wue?: SourcedFigure;
  readonly embodied?: EmbodiedFactor;
}

const SECONDS_PER_YEAR = 31_557_600; // Julian year, 365.25 days

/** @param total joules of IT energy. */
export function carbonRecord(total: Interval, durationS: number, carbon: CarbonIntensity): CarbonRecord {
  const kwh = scale(total, 1 / JOULES_PER_KWH);
  const { pue, wue, market, embodied, resolution, cloudRegion } = carbon;
  return {
    emissions_g: product(kwh, carbon.gPerKwh),
    intensity_g_per_kwh: carbon.gPerKwh,
    zone: carbon.zone,
    zone_from: carbon.zoneFrom,
    year: carbon.year,
    source: carbon.source,
    licence: carbon.licence,
    notes: carbon.notes,
    ...(resolution && { resolution }),
    ...(cloudRegion && { cloud_region: cloudRegion }),
    ...(market && { market: marketRecord(kwh, market) }),
    ...(pue && { facility: facilityRecord(total, carbon.gPerKwh, pue) }),
    ...(wue && {
      water: { wue_l_per_kwh: wue.value, source: wue.source, water_l: scale(kwh, wue.value) },
    }),
    ...(embodied && { embodied: embodiedRecord(durationS, embodied) }),
  };
}

const marketRecord = (kwh: Interval, market: MarketFactor): MarketRecord =>
  market.status === "unavailable"
    ? market
    : { ...market, emissions_g: product(kwh, market.intensity_g_per_kwh) };

function facilityRecord(
  total: Interval,
  gPerKwh: Interval,
  pue: SourcedFigure,
): CarbonParts["facility"] & object {
  const energy = product(total, exactly(pue.value));
  return {
    pue: pue.value,
    source: pue.source,
    energy_j: energy,
    emissions_g: product(scale(energy, 1 / JOULES_PER_KWH), gPerKwh),
  };
}

/** M = TE × (time reserved ÷ lifespan) × (resources reserved ÷ resources of the device): ISO/IEC 21031:2024. */
function embodiedRecord(durationS: number, embodied: EmbodiedFactor): EmbodiedRecord {
  if (embodied.status === "unavailable") return embodied;
  const used = (durationS / (embodied.lifespan_years * SECONDS_PER_YEAR)) * embodied.share;
  return { ...embodied, emissions_g: scale(embodied.total_g, used) };
}
