/** Option values that more than one command takes. */
import { badOption } from "./program.ts";

export const wholeNumber =
  (option: string) =>
  (text: string): number => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw badOption(option, text, "give a whole number from 1 up");
  };

const HOUR_MS = 3_600_000;
const UNITS_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };

/** `2026-11-25` (from local midnight), `2026-11-25T08:30`, or a time ago: `12h`, `7d`, `4w`. */
export function since(text: string): Date {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined)
    return new Date(Date.now() - Number(count) * UNITS_MS[unit]!);
  const [, day, time = "T00:00"] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const found = new Date(`${day}${time}`);
  // The day must exist: 2026-02-30 would quietly become March.
  if (day !== undefined && !Number.isNaN(found.getTime()) && isDay(day)) return found;
  throw badOption(
    "--since",
    text,
    "give a day as 2026-11-25, a time as 2026-11-25T08:30, or 12h, 7d, 4w ago",
  );
}

function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
