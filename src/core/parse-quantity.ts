import { FrugalError } from "./error.ts";
import { JOULES_PER_WATT_HOUR, type Joules, joules, type Seconds, seconds } from "./quantity.ts";

/** Joules in one of each unit (SI prefixes: BIPM SI brochure, table 7; the watt-hour: table 8). */
const JOULES_IN: Readonly<Record<string, number>> = {
  µJ: 1e-6,
  mJ: 1e-3,
  J: 1,
  kJ: 1e3,
  MJ: 1e6,
  GJ: 1e9,
  mWh: JOULES_PER_WATT_HOUR / 1e3,
  Wh: JOULES_PER_WATT_HOUR,
  kWh: JOULES_PER_WATT_HOUR * 1e3,
  MWh: JOULES_PER_WATT_HOUR * 1e6,
  GWh: JOULES_PER_WATT_HOUR * 1e9,
};
const UNITS = Object.keys(JOULES_IN);
const EXAMPLE = "write a number and a unit, such as 5kWh, 300 Wh or 1.2MJ";

/**
 * `5kWh`, `300 Wh`, `1.2MJ` in joules. Letters may be of any case where that leaves one unit: `KWH` is kilo, but
 * `mwh` could be milli or mega and is refused. `option` names the flag in the error. Throws "bad-option".
 */
export function parseEnergy(text: string, option = "energy"): Joules {
  const bad = (why: string, remedy = EXAMPLE): FrugalError =>
    new FrugalError({ code: "bad-option", what: `${option} ${text}`, why, remedy });
  const found = /^\s*([+-]?[\d.]+(?:e[+-]?\d+)?)\s*(\p{L}*)\s*$/iu.exec(text);
  const amount = Number(found?.[1]);
  if (found === null || Number.isNaN(amount)) throw bad(`"${text}" is not an amount of energy`);
  // U+03BC (Greek mu) and U+00B5 (micro sign) look the same on a keyboard.
  const unit = found[2]!.replace("μ", "µ");
  if (unit === "") throw bad("the unit is missing");
  const meant = Object.hasOwn(JOULES_IN, unit)
    ? [unit]
    : UNITS.filter((each) => each.toLowerCase() === unit.toLowerCase());
  if (meant.length === 0)
    throw bad(`${unit} is not a unit of energy that is known here`, `use one of ${UNITS.join(", ")}`);
  if (meant.length > 1) throw bad(`${unit} may mean ${meant.join(" or ")}`, `write ${meant.join(" or ")}`);
  const energy = amount * JOULES_IN[meant[0]!]!;
  if (!(energy > 0) || !Number.isFinite(energy)) throw bad("it must be more than 0 and finite");
  return joules(energy);
}

const SECONDS_IN: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60, m: 60, h: 3_600, d: 86_400 };

/** `500ms`, `1s`, `10m` or `10 min`, `2h`, `1d`: more than 0. `option` names the flag in the error. Throws "bad-option". */
export function parseDuration(text: string, option: string): Seconds {
  const [, amount, unit = ""] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const scale = SECONDS_IN[unit.toLowerCase()];
  const duration = Number(amount) * (scale ?? Number.NaN);
  if (duration > 0 && Number.isFinite(duration)) return seconds(duration);
  throw new FrugalError({
    code: "bad-option",
    what: `${option} ${text}`,
    why: `"${text}" is not a length of time`,
    remedy: "write a number above 0 and ms, s, m, h or d, such as 10s or 1.5h",
  });
}
