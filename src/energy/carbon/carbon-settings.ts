import { FrugalError } from "../../core/error.ts";
import type { Environment } from "../../core/ports.ts";
import type { SourcedFigure } from "../../receipt/build-carbon.ts";
import { type CarbonConfig, LIVE_SOURCES, type LiveSource, type MarketTerms } from "./carbon-config.ts";
import type { PlaceFlags } from "./resolve-place.ts";

/** What a user can say for one run; each wins over the environment, which wins over the config. */
export interface CarbonFlags extends PlaceFlags {
  readonly pue?: number;
  /** L/kWh. */
  readonly wue?: number;
  /** The supplier's factor for the whole consumption, gCO2e/kWh. */
  readonly supplierFactor?: number;
}

export interface LiveChoice {
  readonly source: Exclude<LiveSource, "off">;
  readonly token?: string;
}

/** PUE cannot be below 1: the facility contains the IT equipment (ISO/IEC 30134-2). */
export const LEAST_PUE = 1;

export const pueOf = (
  flags: CarbonFlags,
  env: Environment,
  config: CarbonConfig,
): SourcedFigure | undefined =>
  figure(flags.pue, environmentNumber(env, "FRUGAL_PUE", LEAST_PUE), config.pue);

export const wueOf = (
  flags: CarbonFlags,
  env: Environment,
  config: CarbonConfig,
): SourcedFigure | undefined => figure(flags.wue, environmentNumber(env, "FRUGAL_WUE", 0), config.wue);

export function marketTermsOf(flags: CarbonFlags, config: CarbonConfig): MarketTerms | undefined {
  if (flags.supplierFactor === undefined) return config.market;
  const instrument = {
    kind: "supplier",
    g_per_kwh: flags.supplierFactor,
    share: 1,
    reference: "flag",
  } as const;
  return { ...config.market, instruments: [instrument] };
}

/**
 * FRUGAL_LIVE, else `carbon.live`; else Electricity Maps when there is a token, which serves for nothing else; else
 * nothing. Throws "bad-option" for an unknown source or a missing token.
 */
export function liveChoice(env: Environment, config: CarbonConfig): LiveChoice | undefined {
  const token = env["ELECTRICITYMAPS_API_TOKEN"] || config.electricityMapsToken;
  const named = env["FRUGAL_LIVE"] || config.live;
  const source = LIVE_SOURCES.find((each) => each === named);
  if (named !== undefined && source === undefined) {
    throw new FrugalError({
      code: "bad-option",
      what: `FRUGAL_LIVE ${named}`,
      why: "there is no such source of live intensity",
      remedy: `use one of ${LIVE_SOURCES.join(", ")}`,
    });
  }
  if (source === "off") return undefined;
  if (source === "uk") return { source };
  if (token) return { source: "electricity-maps", token };
  if (source === undefined) return undefined;
  throw new FrugalError({
    code: "bad-option",
    what: "live intensity of electricity-maps",
    why: "there is no token",
    remedy: "set ELECTRICITYMAPS_API_TOKEN, or FRUGAL_LIVE=off",
  });
}

function figure(
  flag: number | undefined,
  environment: number | undefined,
  config: number | undefined,
): SourcedFigure | undefined {
  if (flag !== undefined) return { value: flag, source: "flag" };
  if (environment !== undefined) return { value: environment, source: "environment" };
  return config === undefined ? undefined : { value: config, source: "config" };
}

function environmentNumber(env: Environment, name: string, least: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value >= least && Number.isFinite(value)) return value;
  throw new FrugalError({
    code: "bad-option",
    what: `${name} ${text}`,
    why: `it is not a number from ${least} up`,
    remedy: "correct it or unset it",
  });
}
