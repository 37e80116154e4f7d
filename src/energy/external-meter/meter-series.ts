import type { Sample } from "../sensor.ts";
import { energySeries } from "./energy-series.ts";
import type { Quantity } from "./meter-units.ts";
import { powerSeries } from "./power-series.ts";

/** One reading of a meter at a moment of this machine's monotonic clock: watts, or joules of a counter. */
export interface MeterPoint {
  readonly atS: number;
  readonly value: number;
}

/**
 * From readings that come late and unevenly to energy since `startS`. After the last reading power is taken to stay
 * what it was, for about as long as readings usually take to come; beyond that nothing is counted until they do.
 */
export interface MeterSeries {
  /** Takes what arrived at `nowS`, in the order of time; an empty list says that the meter was heard. */
  add(points: readonly MeterPoint[], nowS: number): void;
  /** Neither number ever goes back. */
  sample(nowS: number): Sample;
  notes(): readonly string[];
}

/** @param usualS time between readings until they show it. */
export const meterSeries = (quantity: Quantity, startS: number, usualS: number): MeterSeries =>
  quantity === "power" ? powerSeries(startS, usualS) : energySeries(startS, usualS);
