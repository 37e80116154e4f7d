import { type CsvLayout, splitRow } from "./csv-layout.ts";

export interface MeterRow {
  /** Milliseconds since 1970, by the meter's clock. */
  readonly wallMs: number;
  /** Watts or joules. */
  readonly value: number;
}

/** Undefined for a line that holds no reading: empty, a comment, a repeated header, `unavailable`. */
export function csvRow(line: string, layout: CsvLayout): MeterRow | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  const cells = splitRow(line, layout.delimiter);
  const wallMs = wallTime(layout.timeColumns.map((column) => cells[column] ?? "").join(" "), layout.utc);
  const value = decimal(cells[layout.valueColumn] ?? "", layout.delimiter);
  if (wallMs === undefined || value === undefined) return undefined;
  return { wallMs, value: value * layout.unit.factor };
}

/** Where the columns are not parted by commas, decimals may be. */
function decimal(cell: string, delimiter: string): number | undefined {
  const text = delimiter === "," ? cell : cell.replace(",", ".");
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Digits before the point of an epoch time tell its unit, from 2001 to 2286: seconds, milli-, micro-, nanoseconds. */
const EPOCH_MS: Readonly<Record<number, number>> = { 10: 1_000, 13: 1, 16: 1e-3, 19: 1e-6 };
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Milliseconds since 1970 of an ISO 8601 or epoch time; undefined for any other form, such as 03/04/2026, which means two
 * different days.
 */
export function wallTime(text: string, utc: boolean): number | undefined {
  const trimmed = text.trim();
  const digits = /^(\d+)(?:\.\d+)?$/.exec(trimmed)?.[1];
  if (digits !== undefined) {
    const factor = EPOCH_MS[digits.length];
    return factor === undefined ? undefined : Number(trimmed) * factor;
  }
  const [, day, time = "00:00", zone] = ISO.exec(trimmed) ?? [];
  if (day === undefined) return undefined;
  // Without a zone ECMAScript takes a date with a time as local.
  const offset =
    zone === undefined
      ? utc
        ? "Z"
        : ""
      : /^(z|utc)$/i.test(zone)
        ? "Z"
        : zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const parsed = Date.parse(`${day}T${time.replace(",", ".")}${offset}`);
  return Number.isNaN(parsed) ? undefined : parsed;
}
