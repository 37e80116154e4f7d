import type { MeterOptions } from "./meter-spec.ts";
import { type MeterUnit, type Quantity, unitNamed } from "./meter-units.ts";

/** One value of a meter's answer. */
export interface JsonReading {
  readonly quantity: Quantity;
  /** Watts or joules. */
  readonly value: number;
  /** Where it was found: `aenergy.total in Wh`. */
  readonly from: string;
  /** What one unit of the last decimal is worth, in joules; 0 for power. */
  readonly stepJ: number;
}

/**
 * A place where a kind of meter keeps its reading. Sources: Shelly's API (shelly-api-docs.shelly.cloud: first generation
 * /meter and /emeter, second generation Switch, PM1 and EM status), Tasmota's "Status 8" (tasmota.github.io/docs), Home
 * Assistant's REST API /api/states (developers.home-assistant.io).
 */
interface Place {
  readonly path: string;
  readonly unit: string;
  /** Only where this is there as well: the same word means other things elsewhere. */
  readonly beside?: string;
  /** Decimals that the device keeps although JSON drops their zeros. */
  readonly decimals?: number;
}

/** Best first. A counter misses nothing between two looks, so a fine one comes before power; a coarse one after it. */
const PLACES: readonly Place[] = [
  { path: "aenergy.total", unit: "Wh", decimals: 3 },
  { path: "apower", unit: "W" },
  { path: "total_act_power", unit: "W" },
  { path: "act_power", unit: "W" },
  { path: "StatusSNS.ENERGY.Power", unit: "W" },
  { path: "ENERGY.Power", unit: "W" },
  { path: "StatusSNS.ENERGY.Total", unit: "kWh" },
  { path: "power", unit: "W", beside: "is_valid" },
  { path: "watts", unit: "W" },
  { path: "power_w", unit: "W" },
];

/** The reading in a meter's answer. Throws an Error that names what is there when the kind of meter is not known. */
export function jsonReading(
  answer: unknown,
  options: Pick<MeterOptions, "power" | "energy" | "unit">,
): JsonReading {
  const path = options.power ?? options.energy;
  if (path !== undefined) {
    const quantity = options.power === undefined ? "energy" : "power";
    const usual = quantity === "power" ? unitNamed("W") : undefined;
    const unit = options.unit ?? usual;
    if (unit === undefined) throw new Error(`the unit of ${path} is not known: add &unit=kWh, Wh or J`);
    if (unit.quantity !== quantity)
      throw new Error(`${path} was called ${quantity}, its unit is one of ${unit.quantity}`);
    return readingAt(answer, { path }, unit, options.unit?.name ?? "W");
  }
  if (at(answer, "is_valid") === false) throw new Error("the meter says that its reading is not valid");
  const state = homeAssistantState(answer);
  if (state !== undefined) return state;
  for (const place of PLACES) {
    if (at(answer, place.path) === undefined) continue;
    if (place.beside !== undefined && at(answer, place.beside) === undefined) continue;
    return readingAt(answer, place, unitNamed(place.unit)!, place.unit);
  }
  const there = numberPaths(answer).slice(0, MOST_PATHS).join(", ");
  throw new Error(
    `its answer is of no known kind${there === "" ? "" : `; its numbers: ${there}`}: name one with #power=PATH or #energy=PATH&unit=kWh`,
  );
}

const MOST_PATHS = 20;

function readingAt(
  answer: unknown,
  { path, decimals = 0 }: Pick<Place, "path" | "decimals">,
  unit: MeterUnit,
  unitName: string,
): JsonReading {
  const found = at(answer, path);
  // A strip of several sockets or phases tells one number for each.
  const numbers = (Array.isArray(found) ? found : [found]).map(numberOf);
  const value = numbers.reduce((sum, each) => sum + each, 0);
  if (!Number.isFinite(value))
    throw new Error(`${path} holds ${JSON.stringify(found)?.slice(0, 40)}, no number`);
  const shown = Math.max(decimals, ...numbers.map((each) => /\.(\d+)$/.exec(String(each))?.[1]?.length ?? 0));
  return {
    quantity: unit.quantity,
    value: value * unit.factor,
    from: `${path} in ${unitName}`,
    stepJ: unit.quantity === "energy" ? unit.factor * 10 ** -shown : 0,
  };
}

/** `{"state": "41.2", "attributes": {"unit_of_measurement": "W"}}`. */
function homeAssistantState(answer: unknown): JsonReading | undefined {
  const name = at(answer, "attributes.unit_of_measurement");
  const state = at(answer, "state");
  if (typeof name !== "string" || state === undefined) return undefined;
  const unit = unitNamed(name);
  if (unit === undefined) throw new Error(`its state is in ${name}, which is neither power nor energy`);
  return readingAt(answer, { path: "state" }, unit, name);
}

const numberOf = (value: unknown): number => {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
};

/** `a.b[0].c`; keys with dots in them cannot be named. */
export function at(value: unknown, path: string): unknown {
  let here = value;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

function numberPaths(value: unknown, path = ""): string[] {
  if (typeof value === "number") return [path];
  if (typeof value !== "object" || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, each]) =>
    numberPaths(each, isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}
