import { frugalHome } from "../../core/environment.ts";
import type { Clock, Environment, Fetch, Files, Machine } from "../../core/ports.ts";
import type { CarbonIntensity } from "../../receipt/build-carbon.ts";
import { readCarbonConfig } from "./carbon-config.ts";
import {
  type CarbonFlags,
  type LiveChoice,
  liveChoice,
  marketTermsOf,
  pueOf,
  wueOf,
} from "./carbon-settings.ts";
import { embodiedFactor } from "./embodied-factor.ts";
import { cachedProvider } from "./live/cached-provider.ts";
import { electricityMaps } from "./live/electricity-maps.ts";
import type { IntensityProvider, TimeRange } from "./live/intensity-provider.ts";
import { ukCarbonIntensity } from "./live/uk-carbon-intensity.ts";
import { marketFactor } from "./market-factor.ts";
import { liveIntensity, yearlyOfPlace } from "./place-intensity.ts";
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
  /**
   * The figures for a run over this window. A live source is asked where the user set one; when it fails, the yearly
   * average is used and a note says why. Throws only when aborted.
   */
  over(window: CarbonWindow, options?: OverOptions): Promise<CarbonIntensity>;
}

/**
 * Settles before a run what its carbon will be counted with: place, contracts, PUE, hardware. Throws for everything
 * that the user wrote wrong ("bad-option", "bad-data", "file-unreadable", "carbon-zone-unknown"): better before an
 * hour of computing than after it.
 */
export async function openCarbon(world: CarbonWorld, flags: CarbonFlags = {}): Promise<OpenCarbon> {
  const config = await readCarbonConfig(world);
  const place = await resolvePlace(world, flags, config);
  const pue = pueOf(flags, world.env, config) ?? place.region?.pue;
  const wue = wueOf(flags, world.env, config);
  const terms = marketTermsOf(flags, config);
  const embodied = embodiedFactor(config.hardware);
  const choice = liveChoice(world.env, config);
  const provider = choice && openProvider(world, choice);
  await yearlyOfPlace(place, yearOf(world.clock.stamp()));

  return {
    async over(window, { live = true, signal } = {}) {
      const year = yearOf(window.startedAt);
      const range = rangeOf(window);
      const yearly = await yearlyOfPlace(place, year);
      const found =
        provider && live
          ? await liveIntensity({ provider, place, yearly, range, ...(signal && { signal }) })
          : yearly;
      return {
        ...found,
        notes: [...place.notes, ...found.notes],
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

/** @returns a provider with its cache under FRUGAL_HOME. */
export function openProvider(world: CarbonWorld, choice: LiveChoice): IntensityProvider {
  const provider =
    choice.source === "uk" ? ukCarbonIntensity(world) : electricityMaps(world, choice.token ?? "");
  return cachedProvider(provider, world, `${frugalHome(world.env, world.machine)}/cache/carbon`);
}

/** @param stamp ISO 8601 in UTC. */
export const yearOf = (stamp: string): number => Number(stamp.slice(0, 4));

function rangeOf({ startedAt, durationS }: CarbonWindow): TimeRange {
  const startS = Date.parse(startedAt) / 1_000;
  // A run shorter than a second still meets the figure of its second.
  return { startS, endS: startS + Math.max(durationS, 1) };
}
