/**
 * Branded quantities: one internal unit each (J, W, s, B, gCO2e), converted only at the edges.
 * Arithmetic on brands yields plain numbers; re-brand once, at the return.
 */
declare const unit: unique symbol;
type Quantity<Unit extends string> = number & { readonly [unit]: Unit };

export type Joules = Quantity<"J">;
export type Watts = Quantity<"W">;
export type Seconds = Quantity<"s">;
export type Bytes = Quantity<"B">;
export type GramsCO2e = Quantity<"gCO2e">;
/** Carbon intensity of electricity, gCO2e per kWh. */
export type GramsPerKwh = Quantity<"gCO2e/kWh">;

export const joules = (value: number): Joules => value as Joules;
export const watts = (value: number): Watts => value as Watts;
export const seconds = (value: number): Seconds => value as Seconds;
export const bytes = (value: number): Bytes => value as Bytes;
export const gramsCO2e = (value: number): GramsCO2e => value as GramsCO2e;
export const gramsPerKwh = (value: number): GramsPerKwh => value as GramsPerKwh;

/** Exact: 1 W for 3,600 s is 1 Wh (BIPM SI brochure, table 8: the hour). */
export const JOULES_PER_WATT_HOUR = 3_600;
export const JOULES_PER_KWH = 3_600_000;
export const MICROJOULES_PER_JOULE = 1_000_000;
export const BYTES_PER_GIB = 1_073_741_824;
export const BYTES_PER_GB = 1_000_000_000;

export const toWattHours = (energy: Joules): number => energy / JOULES_PER_WATT_HOUR;
export const toKwh = (energy: Joules): number => energy / JOULES_PER_KWH;
export const fromKwh = (kwh: number): Joules => joules(kwh * JOULES_PER_KWH);
export const fromWattHours = (wattHours: number): Joules => joules(wattHours * JOULES_PER_WATT_HOUR);
export const fromMicrojoules = (microjoules: number): Joules => joules(microjoules / MICROJOULES_PER_JOULE);

/** Energy of a constant power over a window. */
export const energyOf = (power: Watts, window: Seconds): Joules => joules(power * window);

/** Emissions of `energy` drawn at `intensity` (GHG Protocol: activity × emission factor). */
export const emissionsOf = (energy: Joules, intensity: GramsPerKwh): GramsCO2e =>
  gramsCO2e(toKwh(energy) * intensity);
