import { FrugalError } from "../../core/error.ts";
import { exactly, type Interval, product, scale, sumIndependent } from "../../core/interval.ts";

export interface SciFacts {
  /** E: energy, kWh. */
  readonly energyKwh: Interval;
  /** I: location-based intensity, gCO2e/kWh; the standard allows no market-based one. */
  readonly gPerKwh: Interval;
  /** M: embodied emissions of the run, gCO2e. */
  readonly embodiedG: Interval;
  /** R: how many functional units the run made. */
  readonly units: number;
}

/**
 * Software Carbon Intensity, gCO2e per R: ((E × I) + M) ÷ R (ISO/IEC 21031:2024). Throws "bad-data" without a
 * positive R.
 */
export function sciScore({ energyKwh, gPerKwh, embodiedG, units }: SciFacts): Interval {
  const all = [energyKwh, gPerKwh, embodiedG, exactly(units)].flatMap(({ low, value, high }) => [
    low,
    value,
    high,
  ]);
  if (!(units > 0) || all.some((each) => !Number.isFinite(each) || each < 0)) {
    throw new FrugalError({
      code: "bad-data",
      what: `SCI per ${units} units`,
      why: "energy, intensity and embodied emissions must be finite and not negative, and units more than 0",
      remedy: "give R as the number of functional units: requests, tokens, images",
    });
  }
  return scale(sumIndependent([product(energyKwh, gPerKwh), embodiedG]), 1 / units);
}
