/** Bytes from a file, a database or another program: a receipt, or the reason why they are none. */
import { messageOf } from "../core/error.ts";
import { canonicalJson } from "./canonical.ts";
import { RECEIPT_SCHEMA, type Receipt } from "./receipt.ts";
import { isSealed } from "./seal.ts";

export type ParsedReceipt =
  | { readonly ok: true; readonly receipt: Receipt }
  | { readonly ok: false; readonly why: string };

/** Only the one canonical text of a sealed receipt is accepted, so that equal ids mean equal bytes. */
export function parseReceipt(bytes: Uint8Array): ParsedReceipt {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    const why = misfit(value);
    if (why !== undefined) return { ok: false, why };
    const receipt = value as Receipt;
    if (!isSealed(receipt)) return { ok: false, why: "its content does not fit its id" };
    if (canonicalJson(receipt) !== text) return { ok: false, why: "it is not in canonical form" };
    return { ok: true, receipt };
  } catch (thrown) {
    return { ok: false, why: messageOf(thrown) };
  }
}

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number";
const flag: Check = (value) => typeof value === "boolean";
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const listOf =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const mapOf =
  (item: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(item);
type Fields = Readonly<Record<string, Check>>;
const record =
  (required: Fields, optional: Fields = {}): Check =>
  (value) =>
    isObject(value) &&
    Object.entries(required).every(([key, check]) => check(value[key])) &&
    Object.entries(optional).every(([key, check]) => value[key] === undefined || check(value[key]));

const range = record({ low: number, value: number, high: number });
const unavailable: Check = (value) => value === "unavailable";
const part = either(
  record({ component: text, status: unavailable, source: text, reason: text, remedy: text }),
  record(
    {
      component: text,
      status: text,
      boundary: text,
      method: text,
      source: text,
      energy_j: range,
      coverage: number,
      notes: listOf(text),
    },
    { split: record({ lines: listOf(record({ owner: text, name: text, energy_j: range })), rule: text }) },
  ),
);

/** What every reader of receipts relies on. */
const REQUIRED: Fields = {
  schema: (value) => value === RECEIPT_SCHEMA,
  id: text,
  kind: text,
  subject: record(
    { type: text, id: text },
    {
      commit: text,
      task: text,
      engine: text,
      dtype: text,
      device: text,
      files: listOf(record({ path: text, size_b: number, sha256: text })),
    },
  ),
  parents: listOf(text),
  started_at: (value) => typeof value === "string" && Number.isFinite(Date.parse(value)),
  duration_s: number,
  energy: record(
    { parts: listOf(part), status: text, shared: flag },
    {
      total_j: range,
      unattributed_j: range,
      own_j: range,
      boundary: text,
      cpu_s: number,
      notes: listOf(text),
    },
  ),
  hardware: record({ cpu_model: text, cpu_threads: number, memory_b: number, os: text, arch: text }),
  software: mapOf(text),
  outcome: record({ status: text }, { exit_code: number, signal: text, error_code: text }),
};
/** Some parts are there with their figures, or say why not. */
const known = (fields: Fields, optional: Fields = {}): Check =>
  either(
    record({ status: unavailable, reason: text }),
    record({ status: (value) => value === "available", ...fields }, optional),
  );
const CARBON_PARTS: Fields = {
  resolution: text,
  cloud_region: text,
  market: known(
    {
      emissions_g: range,
      intensity_g_per_kwh: range,
      instruments: listOf(
        record({ kind: text, g_per_kwh: number, share: number }, { vintage: number, reference: text }),
      ),
      notes: listOf(text),
    },
    { remainder: record({ basis: text, share: number, g_per_kwh: number }) },
  ),
  facility: record({ pue: number, source: text, energy_j: range, emissions_g: range }),
  water: record({ wue_l_per_kwh: number, source: text, water_l: range }),
  embodied: known({
    emissions_g: range,
    device: text,
    total_g: range,
    lifespan_years: number,
    share: number,
    source: text,
    notes: listOf(text),
  }),
};
const OPTIONAL: Fields = {
  carbon: record(
    {
      emissions_g: range,
      intensity_g_per_kwh: range,
      zone: text,
      zone_from: text,
      year: number,
      source: text,
      licence: text,
      notes: listOf(text),
    },
    CARBON_PARTS,
  ),
  work: record({ unit: text, count: number }, { energy_per_unit_j: range }),
  quality: listOf(record({ metric: text, estimate: range, count: number, method: text })),
  seeds: mapOf(number),
  settings: mapOf(either(text, number, flag)),
};

/** The first field that is not as the schema says. */
function misfit(value: unknown): string | undefined {
  if (!isObject(value)) return "it is not a JSON object";
  const broken =
    Object.keys(REQUIRED).find((key) => !REQUIRED[key]?.(value[key])) ??
    Object.keys(OPTIONAL).find((key) => value[key] !== undefined && !OPTIONAL[key]?.(value[key]));
  return broken === undefined ? undefined : `its "${broken}" is not as ${RECEIPT_SCHEMA} says`;
}
