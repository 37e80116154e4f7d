import { FrugalError } from "../../core/error.ts";
import type { MeterOptions } from "./meter-spec.ts";
import { type MeterUnit, type Quantity, unitNamed } from "./meter-units.ts";

/** Where time and value stand in the lines of a meter's CSV file. */
export interface CsvLayout {
  readonly delimiter: string;
  /** Lines of the file before the first row: 0 or 1. */
  readonly headerLines: number;
  /** One column, or a date and a time. */
  readonly timeColumns: readonly number[];
  readonly valueColumn: number;
  readonly unit: MeterUnit;
  /** For the reading's source: `column Power (W)`. */
  readonly name: string;
  readonly utc: boolean;
}

const DELIMITERS = [";", "\t", ","] as const;
const TIME =
  /^(time|timestamp|date[ _-]?time|datetime|ts|epoch|unix|zeit(stempel)?|last[ _]?(changed|updated))\b/i;
const DATE = /^(date|datum)$/i;
/** A cumulative energy: `energy_kwh`, `Total (Wh)`, `joules`. Looked for before power, because `kWh` contains `kW`. */
const ENERGY = /\b(m|k)?wh\b|joule|energ|\bkj\b|\bj\b/i;
const POWER = /watt|power|leistung|\b[mk]?w\b/i;
/** The unit that a column's name ends in: `power_w`, `Power (kW)`, `Energy [Wh]`. */
const UNIT_IN_NAME = /(?:^|[\s_([-])(mW|kW|W|kWh|MWh|mWh|Wh|kJ|J|watts?|joules?)[)\]]?$/i;

/** Finds the columns by the header, or by the user's word; a file without one has its time first. Throws "bad-data". */
export function csvLayout(firstLine: string, file: string, options: MeterOptions): CsvLayout {
  const delimiter = DELIMITERS.find((each) => firstLine.includes(each)) ?? ",";
  const cells = splitRow(firstLine, delimiter);
  const hasHeader = cells.every((cell) => !isNumber(cell)) || cells.some((cell) => TIME.test(cell));
  const names = hasHeader ? cells : cells.map((_, index) => `column ${index + 1}`);
  const bad = (why: string): FrugalError =>
    new FrugalError({
      code: "bad-data",
      what: `the meter file ${file}`,
      why: `${why}; its columns are ${names.join(", ")}`,
      remedy:
        "name the columns and the unit: csv:FILE#time=COLUMN&power=COLUMN&unit=W (or energy=COLUMN&unit=kWh)",
    });
  const column = (given: string): number => {
    const byName = names.findIndex((name) => name.toLowerCase() === given.toLowerCase());
    const index = byName >= 0 ? byName : /^\d+$/.test(given) ? Number(given) - 1 : -1;
    if (index < 0 || index >= cells.length) throw bad(`there is no column ${given}`);
    return index;
  };
  const timeColumns = options.time === undefined ? findTime(names, hasHeader) : [column(options.time)];
  if (timeColumns.length === 0) throw bad("no column looks like a time");
  const given = options.power ?? options.energy;
  const valueColumn = given === undefined ? findValue(names, timeColumns, hasHeader) : column(given);
  if (valueColumn === undefined) throw bad("no column looks like power or energy");
  const name = names[valueColumn]!;
  const wanted = quantityOf(options, name);
  const unit = options.unit ?? unitOf(name, wanted);
  if (unit === undefined) throw bad(`the unit of ${name} is not known`);
  if (wanted !== undefined && unit.quantity !== wanted)
    throw bad(`${name} is ${wanted}, the unit is one of ${unit.quantity}`);
  return {
    delimiter,
    headerLines: hasHeader ? 1 : 0,
    timeColumns,
    valueColumn,
    unit,
    name,
    utc: options.utc,
  };
}

function findTime(names: readonly string[], hasHeader: boolean): readonly number[] {
  if (!hasHeader) return [0];
  const date = names.findIndex((name) => DATE.test(name));
  const time = names.findIndex((name) => TIME.test(name));
  if (time >= 0) return date >= 0 && date !== time ? [date, time] : [time];
  return date >= 0 ? [date] : [];
}

function findValue(
  names: readonly string[],
  time: readonly number[],
  hasHeader: boolean,
): number | undefined {
  const others = names.flatMap((name, index) => (time.includes(index) ? [] : [{ name, index }]));
  if (!hasHeader) return others[0]?.index;
  const power = others.find(({ name }) => POWER.test(words(name)) && !ENERGY.test(words(name)));
  return (power ?? others.find(({ name }) => ENERGY.test(words(name))))?.index;
}

function quantityOf(options: MeterOptions, name: string): Quantity | undefined {
  if (options.power !== undefined) return "power";
  if (options.energy !== undefined) return "energy";
  if (options.unit !== undefined) return options.unit.quantity;
  return ENERGY.test(words(name)) ? "energy" : "power";
}

/** A power without a unit is in watts, as every meter that we know of writes it; an energy may be in anything. */
function unitOf(name: string, quantity: Quantity | undefined): MeterUnit | undefined {
  const found = UNIT_IN_NAME.exec(name)?.[1];
  if (found !== undefined) return unitNamed(found.replace(/^watts?$/i, "W").replace(/^joules?$/i, "J"));
  return quantity === "power" ? unitNamed("W") : undefined;
}

/** `power_kW` has no word boundary before its unit. */
const words = (name: string): string => name.replaceAll("_", " ");
const isNumber = (cell: string): boolean => cell !== "" && Number.isFinite(Number(cell.replace(",", ".")));

/** Cells may be quoted; a quote inside is doubled (RFC 4180). */
export function splitRow(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!;
    if (letter === '"' && isQuoted && line[at + 1] === '"') cell += line[++at];
    else if (letter === '"') isQuoted = !isQuoted;
    else if (letter === delimiter && !isQuoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += letter;
  }
  return [...cells, cell.trim()];
}
