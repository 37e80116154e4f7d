import { frugalHome } from "../../core/environment.ts";
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Environment, Files, Machine } from "../../core/ports.ts";
import type { Instrument } from "../../receipt/carbon-parts.ts";
import { type ConfigObject, parseConfig } from "./config-reader.ts";

export interface ConfigWorld {
  readonly files: Pick<Files, "readText">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}

/** Sources of live intensity; `off` keeps to yearly averages although a token is there. */
export const LIVE_SOURCES = ["electricity-maps", "uk", "off"] as const;
export type LiveSource = (typeof LIVE_SOURCES)[number];

/** What the user's contracts say; nothing in it is filled in by us. */
export interface MarketTerms {
  readonly instruments: readonly Instrument[];
  readonly residualMix?: { readonly gPerKwh: number; readonly source: string };
}

/** The hardware that a run reserves. */
export interface HardwareTerms {
  /** A row of the table of published footprints; beside `embodiedKg` any name. */
  readonly device?: string;
  /** The user's own figure. */
  readonly embodiedKg?: number;
  readonly lifespanYears?: number;
  /** Part of the device that runs reserve, 0 … 1; the whole unless told. */
  readonly share?: number;
  readonly source?: string;
}

export interface CarbonConfig {
  readonly zone?: string;
  readonly cloud?: string;
  readonly live?: LiveSource;
  readonly electricityMapsToken?: string;
  readonly pue?: number;
  readonly wue?: number;
  readonly market?: MarketTerms;
  readonly hardware?: HardwareTerms;
  /** The user's own location-based intensity in place of any table's: CodeCarbon's settings have one, config.json has not. */
  readonly forcedGPerKwh?: number;
}

/**
 * `zone`, `cloud` and `carbon` of FRUGAL_HOME/config.json; no file, no settings. A damaged file throws "bad-data", an
 * unreadable one "file-unreadable".
 */
export async function readCarbonConfig(world: ConfigWorld): Promise<CarbonConfig> {
  const path = `${frugalHome(world.env, world.machine)}/config.json`;
  let text: string;
  try {
    text = await world.files.readText(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return {};
    throw new FrugalError({
      code: "file-unreadable",
      what: `cannot read ${path}`,
      why: systemCode(thrown) ?? messageOf(thrown),
      remedy: "give this user read access, or name the zone by --zone or FRUGAL_ZONE",
      cause: thrown,
    });
  }
  return configOf(parseConfig(text, path));
}

function configOf(file: ConfigObject): CarbonConfig {
  const carbon = file.object("carbon");
  const config = known({
    zone: file.text("zone"),
    cloud: file.text("cloud"),
    live: carbon?.oneOf("live", LIVE_SOURCES),
    electricityMapsToken: carbon?.text("electricity_maps_token"),
    pue: carbon?.number("pue", { from: 1 }),
    wue: carbon?.number("wue_l_per_kwh", { from: 0 }),
    market: marketOf(carbon?.object("market")),
    hardware: hardwareOf(carbon?.object("hardware")),
  });
  carbon?.close();
  return config;
}

function marketOf(market: ConfigObject | undefined): MarketTerms | undefined {
  if (market === undefined) return undefined;
  const instruments = (market.list("instruments") ?? []).map(instrumentOf);
  const total = instruments.reduce((sum, { share }) => sum + share, 0);
  // Shares are written in decimals: 0.1 + 0.2 + 0.7 is a whole.
  if (total > 1 + 1e-9)
    throw market.unfit("instruments", `cover ${total} of the consumption: more than all of it`);
  const residual = market.object("residual_mix");
  const gPerKwh = residual?.number("g_per_kwh", { from: 0 });
  const source = residual?.text("source");
  if (residual !== undefined && (gPerKwh === undefined || source === undefined)) {
    throw market.unfit("residual_mix", "needs g_per_kwh and source");
  }
  residual?.close();
  market.close();
  return { instruments, ...(gPerKwh !== undefined && { residualMix: { gPerKwh, source: source! } }) };
}

function instrumentOf(object: ConfigObject): Instrument {
  const kind = object.oneOf("kind", ["certificate", "contract", "supplier"]);
  const gPerKwh = object.number("g_per_kwh", { from: 0 });
  if (kind === undefined) throw object.unfit("kind", "is missing: certificate, contract or supplier");
  if (gPerKwh === undefined) throw object.unfit("g_per_kwh", "is missing");
  const rest = known({
    vintage: object.number("vintage", { from: 1990, to: 2100 }),
    reference: object.text("reference"),
  });
  const share = object.number("share", { from: 0, to: 1 }) ?? 1;
  object.close();
  return { kind, g_per_kwh: gPerKwh, share, ...rest };
}

function hardwareOf(hardware: ConfigObject | undefined): HardwareTerms | undefined {
  if (hardware === undefined) return undefined;
  const terms = known({
    device: hardware.text("device"),
    embodiedKg: hardware.number("embodied_kg", { from: 0 }),
    lifespanYears: hardware.number("lifespan_years", { from: 0.1, to: 50 }),
    share: hardware.number("share", { from: 0, to: 1 }),
    source: hardware.text("source"),
  });
  hardware.close();
  if (terms.device === undefined && terms.embodiedKg === undefined) {
    throw hardware.unfit("device", "or embodied_kg is needed");
  }
  if (terms.embodiedKg !== undefined && terms.lifespanYears === undefined) {
    throw hardware.unfit("lifespan_years", "is needed beside embodied_kg");
  }
  return terms;
}

/** The object without its undefined entries. */
const known = <T extends object>(facts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as never;
