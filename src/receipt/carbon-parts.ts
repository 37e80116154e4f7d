/**
 * What a receipt says about carbon beside the location-based figure. Types only: the browser reads them too. A part
 * that nobody knows says so; it is never zero.
 */
import type { Interval } from "../core/interval.ts";

/**
 * Contractual instruments of the market-based method, best first (GHG Protocol Scope 2 Guidance, 2015, table 6.3).
 */
export type InstrumentKind = "certificate" | "contract" | "supplier";

export interface Instrument {
  readonly kind: InstrumentKind;
  readonly g_per_kwh: number;
  /** Part of the consumption that it covers, 0 … 1. */
  readonly share: number;
  /** Year in which the electricity was generated. */
  readonly vintage?: number;
  /** Registry number, contract or tariff: what an auditor would ask for. */
  readonly reference?: string;
}

/** What the rest of the consumption is counted with. */
export interface MarketRemainder {
  readonly basis: "residual-mix" | "grid-average";
  readonly share: number;
  readonly g_per_kwh: number;
}

/** Scope 2, market-based: what the contracts say, beside the location-based figure and never in place of it. */
export type MarketRecord =
  | {
      readonly status: "available";
      readonly emissions_g: Interval;
      readonly intensity_g_per_kwh: Interval;
      readonly instruments: readonly Instrument[];
      readonly remainder?: MarketRemainder;
      readonly notes: readonly string[];
    }
  | { readonly status: "unavailable"; readonly reason: string };

/**
 * Energy and emissions of the whole facility: IT energy × PUE (ISO/IEC 30134-2). The stored energy stays IT energy.
 */
export interface FacilityRecord {
  readonly pue: number;
  readonly source: string;
  readonly energy_j: Interval;
  readonly emissions_g: Interval;
}

/** Water of the facility: IT energy × WUE (ISO/IEC 30134-9). */
export interface WaterRecord {
  readonly wue_l_per_kwh: number;
  readonly source: string;
  readonly water_l: Interval;
}

/** The run's share of what making the hardware emitted: the M of SCI (ISO/IEC 21031:2024). */
export type EmbodiedRecord =
  | {
      readonly status: "available";
      readonly emissions_g: Interval;
      readonly device: string;
      /** All that making, moving and disposing of the device emits. */
      readonly total_g: Interval;
      readonly lifespan_years: number;
      /** Resources reserved ÷ resources of the device. */
      readonly share: number;
      readonly source: string;
      readonly notes: readonly string[];
    }
  | { readonly status: "unavailable"; readonly reason: string };

/** Parts of a carbon record that came after the first version of the schema: absent in old receipts. */
export interface CarbonParts {
  /** Time step of the intensity. */
  readonly resolution?: "year" | "hour" | "half-hour";
  /** `aws:eu-west-3`, where the zone came from one. */
  readonly cloud_region?: string;
  readonly market?: MarketRecord;
  readonly facility?: FacilityRecord;
  readonly water?: WaterRecord;
  readonly embodied?: EmbodiedRecord;
}
