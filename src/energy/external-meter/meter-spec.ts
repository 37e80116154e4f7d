import { FrugalError } from "../../core/error.ts";
import { type MeterUnit, UNIT_NAMES, unitNamed } from "./meter-units.ts";

/** Which external meter, and how to read it: `csv:power.csv#power=Watts`, `http://plug/rpc/Switch.GetStatus?id=0`, `hwmon:ina226`. */
export interface MeterSpec {
  readonly kind: "csv" | "http" | "hwmon";
  /** Path, URL without its fragment, or chip. */
  readonly place: string;
  readonly options: MeterOptions;
}

export interface MeterOptions {
  /** Column (name, or number from 1) or JSON path of the time. */
  readonly time?: string;
  /** The same of power or of a cumulative energy; found out unless told. */
  readonly power?: string;
  readonly energy?: string;
  readonly unit?: MeterUnit & { readonly name: string };
  /** Seconds to add to the meter's times. */
  readonly offsetS: number;
  /** Times without a zone are UTC; local unless told. */
  readonly utc: boolean;
  /** Seconds between two looks. */
  readonly everyS: number;
  /** Relative half-width, nominal 95 %, of the meter itself. */
  readonly accuracy: number;
  /** The answer never ends: one JSON object per line. */
  readonly stream: boolean;
}

/**
 * What the meter itself may be wrong by when nobody says: our choice for smart plugs, which are seldom rated. A class 1 meter
 * stays within 1 % (IEC 62053-21).
 */
const ACCURACY = 0.05;
const EVERY_S = 1;
const SHORTEST_S = 0.1;
const KEYS = ["time", "power", "energy", "unit", "offset", "utc", "every", "accuracy", "stream"] as const;
type Key = (typeof KEYS)[number];

/**
 * Options stand behind `#`, which no server is ever sent: `#power=ENERGY.Power&unit=W&every=2`. Throws "bad-option".
 */
export function parseMeterSpec(text: string): MeterSpec {
  const { kind, rest } = kindOf(text);
  const at = rest.lastIndexOf("#");
  const hasOptions = at >= 0 && /^[a-z]+(=|&|$)/.test(rest.slice(at + 1));
  const place = hasOptions ? rest.slice(0, at) : rest;
  if (place === "") throw unfit(text, "it names no file, URL or chip");
  if (kind === "http" && !URL.canParse(place)) throw unfit(text, "that is not a URL");
  return { kind, place, options: optionsOf(text, hasOptions ? rest.slice(at + 1) : "") };
}

function kindOf(text: string): { readonly kind: MeterSpec["kind"]; readonly rest: string } {
  for (const kind of ["csv", "hwmon"] as const)
    if (text.startsWith(`${kind}:`)) return { kind, rest: text.slice(kind.length + 1) };
  const inner = /^http:(https?:\/\/.*)$/s.exec(text)?.[1];
  if (inner !== undefined) return { kind: "http", rest: inner };
  if (/^https?:\/\//.test(text)) return { kind: "http", rest: text };
  throw unfit(text, "a meter is csv:FILE, http:URL or hwmon:CHIP");
}

function optionsOf(text: string, query: string): MeterOptions {
  const given = new URLSearchParams(query);
  for (const key of given.keys()) {
    if (!KEYS.some((known) => known === key))
      throw unfit(text, `there is no option ${key}; there are ${KEYS.join(", ")}`);
  }
  const word = (key: Key): string | undefined => given.get(key) ?? undefined;
  const number = (key: Key, usual: number): number => {
    const value = word(key);
    if (value === undefined) return usual;
    const parsed = value.trim() === "" ? Number.NaN : Number(value);
    if (!Number.isFinite(parsed)) throw unfit(text, `${key}=${value} is not a number`);
    return parsed;
  };
  const isOn = (key: Key): boolean => given.has(key) && word(key) !== "0";
  const unit = word("unit");
  const known = unit === undefined ? undefined : unitNamed(unit);
  if (unit !== undefined && known === undefined)
    throw unfit(text, `there is no unit ${unit}; there are ${UNIT_NAMES.join(", ")}`);
  const everyS = number("every", EVERY_S);
  if (everyS < SHORTEST_S) throw unfit(text, `every=${everyS} is shorter than ${SHORTEST_S} s`);
  const accuracy = accuracyOf(text, word("accuracy"));
  return {
    ...present({ time: word("time"), power: word("power"), energy: word("energy") }),
    ...(known && { unit: { ...known, name: unit! } }),
    offsetS: number("offset", 0),
    utc: isOn("utc"),
    everyS,
    accuracy,
    stream: isOn("stream"),
  };
}

/** `1%` or `0.01`. */
function accuracyOf(text: string, given: string | undefined): number {
  if (given === undefined) return ACCURACY;
  const isPercent = given.endsWith("%");
  const value = Number(isPercent ? given.slice(0, -1) : given) / (isPercent ? 100 : 1);
  if (given.trim() === "" || !(value > 0 && value < 1))
    throw unfit(text, `accuracy=${given} is not a part such as 1% or 0.01`);
  return value;
}

const present = <T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never;

const unfit = (text: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `the meter ${withoutSecrets(text)}`,
    why,
    remedy:
      "write csv:FILE or http:URL, options behind #: csv:power.csv#power=Watts&unit=W (docs/measuring.md)",
  });

/** For messages: user, password and query of a URL (Tasmota takes passwords there) are nobody's business. */
export const withoutSecrets = (text: string): string =>
  text.replace(/\/\/[^/@\s]*@/, "//").replace(/^((?:http:)?https?:[^?#]*)\?[^#]*/, "$1");
