/** What was drawn in one interval of a longer run, and what the run has used so far. */
import { type Interval, scale } from "../core/interval.ts";
import type { SpanEnergy } from "../core/meter.ts";
import { energyRecord } from "../receipt/build-receipt.ts";
import type { CarbonRecord, EnergyPart, EnergyRecord, Range, ReceiptBody } from "../receipt/receipt.ts";

export const SAMPLE_SCHEMA = "frugal.power/1";

type Read = Exclude<EnergyPart, { status: "unavailable" }>;
type Unread = Extract<EnergyPart, { status: "unavailable" }>;

export type PowerPart = (Omit<Read, "energy_j" | "split"> & { readonly power_w: Range }) | Unread;

/** A line of JSON as it is, keys with units as in a receipt. What is not known is left out. */
export interface PowerSample extends Pick<EnergyRecord, "status" | "boundary"> {
  readonly schema: typeof SAMPLE_SCHEMA;
  /** When the interval ended. */
  readonly at: string;
  readonly interval_s: number;
  /** Mean over the interval. */
  readonly power_w?: Range;
  readonly unattributed_w?: Range;
  readonly parts: readonly PowerPart[];
  readonly so_far: {
    readonly duration_s: number;
    readonly energy_j?: Range;
    readonly carbon?: Pick<CarbonRecord, "emissions_g" | "zone" | "zone_from" | "year">;
  };
}

/** @param soFar of the receipt that the whole run would leave now. */
export function powerSample(
  window: SpanEnergy,
  soFar: Pick<ReceiptBody, "duration_s" | "energy" | "carbon">,
  at: string,
): PowerSample {
  const { parts, total_j, unattributed_j, status, boundary } = energyRecord(window);
  const { durationS } = window;
  const watts = (joules: Interval): Range => scale(joules, durationS > 0 ? 1 / durationS : 0);
  const { duration_s, energy, carbon } = soFar;
  return {
    schema: SAMPLE_SCHEMA,
    at,
    interval_s: durationS,
    ...(total_j && { power_w: watts(total_j) }),
    ...(unattributed_j && { unattributed_w: watts(unattributed_j) }),
    status,
    ...(boundary && { boundary }),
    parts: parts.map((part): PowerPart => {
      if (part.status === "unavailable") return part;
      const { energy_j, split: _, ...facts } = part;
      return { ...facts, power_w: watts(energy_j) };
    }),
    so_far: {
      duration_s,
      ...(energy.total_j && { energy_j: energy.total_j }),
      ...(carbon && {
        carbon: {
          emissions_g: carbon.emissions_g,
          zone: carbon.zone,
          zone_from: carbon.zone_from,
          year: carbon.year,
        },
      }),
    },
  };
}
