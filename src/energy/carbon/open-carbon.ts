import { FrugalError } from "../../core/error.ts";
import { exactly } from "../../core/interval.ts";
import type { Clock, Environment, Fetch, Files, Machine } from "../../core/ports.ts";
import type { CarbonIntensity, EmbodiedFactor } from "../../receipt/build-carbon.ts";
import { type CarbonConfig, type HardwareTerms, readCarbonConfig } from "./carbon-config.ts";
import { type CarbonFlags, liveChoice, marketTermsOf, pueOf, wueOf } from "./carbon-settings.ts";
import type { IntensityProvider, TimeRange } from "./live/intensity-provider.ts";
import { marketFactor } from "./market-factor.ts";
import { yearlyOfPlace } from "./place-intensity.ts";
import { resolvePlace } from "./resolve-place.ts";

export interface CarbonWorld {
  readonly files: Pick<Files, "readText" | "writeAtomic">;
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, "stamp" | "sleep">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}

/** When a run was. */
export interface CarbonWindow {
  readonly startedAt: string;
  readonly durationS: number;
}

export interface OverOptions {
  /** False asks no live source: for a run that the user wants to end now. */
  readonly live?: boolean;
  readonly signal?: AbortSignal;
}

export interface OpenCarbon {
  /** Why config.json could not be read: the run goes on without what it says, and its figures note it. */
  readonly unread?: FrugalError;
  /**
   * The figures for a run over this window. A live source is asked where the user set one; when it fails, the yearly
   * average is used and a note says why. Throws only when aborted.
   */
  over(window: CarbonWindow, options?: OverOptions): Promise<CarbonIntensity>;
}

/**
 * Settles before a run what its carbon will be counted with: place, contracts, PUE, hardware. Throws for everything
 * that the user wrote wrong ("bad-option", "bad-data", "carbon-zone-unknown"): better before an
 * hour of computing than after it.
 * @param beneath settings of another program, used where config.json has none.
 */
export async function openCarbon(
  world: CarbonWorld,
  flags: CarbonFlags = {},
  beneath: CarbonConfig = {},
): Promise<OpenCarbon> {
  const { config: own, unread } = await settingsOf(world);
  const config = above(own, beneath);
  const place = await resolvePlace(world, flags, config);
  const pue = pueOf(flags, world.env, config) ?? place.region?.pue;
  const wue = wueOf(flags, world.env, config);
  const terms = marketTermsOf(flags, config);
  const embodied = await embodiedOf(config.hardware);
  const provider = await liveProvider(world, config);
  await yearlyOfPlace(place, yearOf(world.clock.stamp()));

  // Without the path: receipts are passed on, and hold no folder of this machine.
  const unreadNote = unread === undefined ? [] : [`the settings could not be read (${unread.why})`];

  return {
    ...(unread && { unread }),
    async over(window, { live = true, signal } = {}) {
      const year = yearOf(window.startedAt);
      const range = rangeOf(window);
      const yearly = await yearlyOfPlace(place, year);
      const ask = live && config.forcedGPerKwh === undefined;
      const question = provider && ask && { provider, place, yearly, range, ...(signal && { signal }) };
      const grid = question ? await (await import("./live-intensity.ts")).liveIntensity(question) : yearly;
      const found =
        config.forcedGPerKwh === undefined ? grid : { ...yearly, ...forced(config.forcedGPerKwh) };
      return {
        ...found,
        notes: [...unreadNote, ...place.notes, ...found.notes],
        zoneFrom: place.from,
        ...(place.region && { cloudRegion: place.region.id }),
        market: marketFactor(terms, found.gPerKwh, year),
        ...(pue && { pue }),
        ...(wue && { wue }),
        embodied,
      };
    },
  };
}

/** A place is one setting, however it is named. */
function above(own: CarbonConfig, beneath: CarbonConfig): CarbonConfig {
  if (own.zone === undefined && own.cloud === undefined) return { ...beneath, ...own };
  const { zone: _, cloud: __, ...rest } = beneath;
  return { ...rest, ...own };
}

const forced = (gPerKwh: number): Pick<CarbonIntensity, "gPerKwh" | "source" | "licence" | "notes"> => ({
  gPerKwh: exactly(gPerKwh),
  source: "the user's own figure",
  licence: "none",
  notes: ["the intensity is the user's own figure, not that of the zone"],
});

/** A file that cannot be read takes the settings away, not the work. What it says wrong is thrown. */
async function settingsOf(
  world: CarbonWorld,
): Promise<{ readonly config: CarbonConfig; readonly unread?: FrugalError }> {
  try {
    return { config: await readCarbonConfig(world) };
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code === "bad-data") throw thrown;
    return { config: {}, unread: thrown };
  }
}

// Most runs name no hardware and no live source: they do not pay for loading what serves those.

async function embodiedOf(hardware: HardwareTerms | undefined): Promise<EmbodiedFactor> {
  if (hardware !== undefined) return (await import("./embodied-factor.ts")).embodiedFactor(hardware);
  return { status: "unavailable", reason: "no hardware was named (carbon.hardware in config.json)" };
}

/** The live source that the user chose, if any. Throws what `liveChoice` throws. */
export async function liveProvider(
  world: CarbonWorld,
  config: CarbonConfig,
): Promise<IntensityProvider | undefined> {
  const choice = liveChoice(world.env, config);
  return choice && (await import("./live/open-provider.ts")).openProvider(world, choice);
}

/** @param stamp ISO 8601 in UTC. */
export const yearOf = (stamp: string): number => Number(stamp.slice(0, 4));

function rangeOf({ startedAt, durationS }: CarbonWindow): TimeRange {
  const startS = Date.parse(startedAt) / 1_000;
  // A run shorter than a second still meets the figure of its second.
  return { startS, endS: startS + Math.max(durationS, 1) };
}
