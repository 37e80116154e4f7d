import { frugalHome } from "../../../core/environment.ts";
import { FrugalError } from "../../../core/error.ts";
import type { LiveChoice } from "../carbon-settings.ts";
import type { CarbonWorld } from "../open-carbon.ts";
import { askOnce } from "./ask-once.ts";
import { cachedProvider } from "./cached-provider.ts";
import { electricityMaps } from "./electricity-maps.ts";
import type { IntensityProvider } from "./intensity-provider.ts";
import { ukCarbonIntensity } from "./uk-carbon-intensity.ts";

function withCache(provider: IntensityProvider, world: CarbonWorld): IntensityProvider {
  try {
    return cachedProvider(provider, world, `${frugalHome(world.env, world.machine)}/cache/carbon`);
  } catch (thrown) {
    if (thrown instanceof FrugalError) return provider;
    throw thrown;
  }
}

/** @returns a provider with its cache under FRUGAL_HOME; without a home folder one without a cache. */
export function openProvider(world: CarbonWorld, choice: LiveChoice): IntensityProvider {
  const provider =
    choice.source === "uk" ? ukCarbonIntensity(world) : electricityMaps(world, choice.token ?? "");
  return askOnce(withCache(provider, world), world.clock);
}
