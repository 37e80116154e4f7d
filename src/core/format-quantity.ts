import type { Bytes, GramsCO2e, Joules, Seconds, Watts } from "./quantity.ts";
import { toWattHours } from "./quantity.ts";

/** One step of a unit's ladder: values from `from` upwards are shown divided by `from`. */
interface Step {
  readonly from: number;
  readonly symbol: string;
}

const WATT_HOURS: readonly Step[] = [
  { from: 1e9, symbol: "GWh" },
  { from: 1e6, symbol: "MWh" },
  { from: 1e3, symbol: "kWh" },
  { from: 1, symbol: "Wh" },
  { from: 1e-3, symbol: "mWh" },
  { from: 1e-6, symbol: "µWh" },
  { from: 1e-9, symbol: "nWh" },
];
const WATTS: readonly Step[] = [
  { from: 1e6, symbol: "MW" },
  { from: 1e3, symbol: "kW" },
  { from: 1, symbol: "W" },
  { from: 1e-3, symbol: "mW" },
  { from: 1e-6, symbol: "µW" },
];
const GRAMS: readonly Step[] = [
  { from: 1e6, symbol: "tCO2e" },
  { from: 1e3, symbol: "kgCO2e" },
  { from: 1, symbol: "gCO2e" },
  { from: 1e-3, symbol: "mgCO2e" },
  { from: 1e-6, symbol: "µgCO2e" },
];
const BYTES: readonly Step[] = [
  { from: 1e12, symbol: "TB" },
  { from: 1e9, symbol: "GB" },
  { from: 1e6, symbol: "MB" },
  { from: 1e3, symbol: "kB" },
  { from: 1, symbol: "B" },
];
const SECONDS: readonly Step[] = [
  { from: 1, symbol: "s" },
  { from: 1e-3, symbol: "ms" },
  { from: 1e-6, symbol: "µs" },
];

/**
 * Three significant digits on the rung that keeps the number in [1, 1000): `12.3 mWh`, `4.10 kWh`, `0 Wh`.
 * More digits would claim a precision that no energy figure has.
 */
function onLadder(value: number, ladder: readonly Step[], base: string): string {
  if (!Number.isFinite(value)) return `unknown ${base}`;
  if (value === 0) return `0 ${base}`;
  const size = Number(Math.abs(value).toPrecision(3));
  const rung = ladder.find((step) => size >= step.from * (1 - 1e-12)) ?? ladder.at(-1);
  if (rung === undefined) return `${value} ${base}`;
  return `${significant(value / rung.from)} ${rung.symbol}`;
}

/** Three significant digits without an exponent; trailing zeros after the point are dropped. */
export function significant(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const text = String(rounded);
  return text.includes("e") ? rounded.toFixed(12).replace(/\.?0+$/, "") : text;
}

export const formatEnergy = (energy: Joules): string => onLadder(toWattHours(energy), WATT_HOURS, "Wh");
export const formatPower = (power: Watts): string => onLadder(power, WATTS, "W");
export const formatMass = (mass: GramsCO2e): string => onLadder(mass, GRAMS, "gCO2e");
export const formatBytes = (size: Bytes): string => onLadder(size, BYTES, "B");

/** `850 ms`, `12.3 s`, `2 min 05 s`, `1 h 02 min`, `3 d 04 h`. */
export function formatDuration(duration: Seconds): string {
  if (!Number.isFinite(duration)) return "unknown time";
  if (duration < 60 && Number(duration.toPrecision(3)) < 60) return onLadder(duration, SECONDS, "s");
  const whole = Math.round(duration);
  const two = (part: number): string => String(part).padStart(2, "0");
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${two(Math.floor((whole % 3_600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${two(Math.floor((whole % 86_400) / 3_600))} h`;
}
