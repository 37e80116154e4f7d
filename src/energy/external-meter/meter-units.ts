import { JOULES_PER_KWH, JOULES_PER_WATT_HOUR } from "../../core/quantity.ts";

/** Power is integrated, a cumulative energy is differenced. */
export type Quantity = "power" | "energy";

export interface MeterUnit {
  readonly quantity: Quantity;
  /** Watts or joules of one. */
  readonly factor: number;
}

const power = (factor: number): MeterUnit => ({ quantity: "power", factor });
const energy = (factor: number): MeterUnit => ({ quantity: "energy", factor });

/** Exact, all of them. The watt-minute is what first-generation Shelly devices count in. */
const UNITS: Readonly<Record<string, MeterUnit>> = {
  mW: power(1e-3),
  W: power(1),
  kW: power(1e3),
  J: energy(1),
  kJ: energy(1e3),
  mWh: energy(JOULES_PER_WATT_HOUR / 1e3),
  Wh: energy(JOULES_PER_WATT_HOUR),
  kWh: energy(JOULES_PER_KWH),
  MWh: energy(1e3 * JOULES_PER_KWH),
  Wmin: energy(60),
};

export const UNIT_NAMES: readonly string[] = Object.keys(UNITS);

/** Only milli and mega differ by case; everything else is taken in any spelling. */
export function unitNamed(name: string): MeterUnit | undefined {
  const exact = UNITS[name];
  if (exact !== undefined) return exact;
  const same = UNIT_NAMES.filter((unit) => unit.toLowerCase() === name.toLowerCase());
  return same.length === 1 ? UNITS[same[0]!] : undefined;
}
