/** Everything that `frugal doctor` tells, tried and not assumed. */
import { FrugalError, messageOf } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { readCarbonConfig } from "../../energy/carbon/carbon-config.ts";
import { resolvePlace } from "../../energy/carbon/resolve-place.ts";
import type { SensorCheck } from "../../energy/check-sensors.ts";
import { type Platform, platformOf } from "../../energy/platform.ts";
import { ENGINE_PACKAGES, type EnginePackage } from "../../engines/require-engine.ts";
import { askProbe } from "./ask-probe.ts";
import { checkPlaces, type PlaceCheck } from "./check-places.ts";
import type { ProbeFailure } from "./probe-messages.ts";

export interface EngineCheck {
  readonly name: EnginePackage;
  readonly usable: boolean;
  readonly version?: string;
  readonly reason?: string;
  readonly remedy?: string;
}

export interface CarbonCheck {
  readonly usable: boolean;
  /** Zone or cloud region; undefined where nobody told one. */
  readonly place?: string;
  readonly from: string;
  readonly notes: readonly string[];
  readonly reason?: string;
  readonly remedy?: string;
}

export interface Findings {
  readonly platform: Platform;
  readonly sensors: readonly SensorCheck[] | ProbeFailure;
  readonly engines: readonly EngineCheck[];
  readonly places: readonly PlaceCheck[];
  readonly carbon: CarbonCheck;
}

export async function examine(world: World, signal: AbortSignal): Promise<Findings> {
  const sensors = askProbe(world, { kind: "sensors" }, signal);
  const names = Object.keys(ENGINE_PACKAGES) as EnginePackage[];
  const engines = Promise.all(names.map((name) => engineCheck(world, name, signal)));
  const [found, loaded, places, carbon] = await Promise.all([
    sensors,
    engines,
    checkPlaces(world),
    carbonCheck(world),
  ]);
  return {
    platform: platformOf(world),
    sensors: found.kind === "sensors" ? found.checks : found,
    engines: loaded,
    places,
    carbon,
  };
}

async function engineCheck(world: World, name: EnginePackage, signal: AbortSignal): Promise<EngineCheck> {
  const answer = await askProbe(world, { kind: "engine", name }, signal);
  if (answer.kind === "engine") return { name, usable: true, version: answer.version };
  const { why, remedy } = answer;
  return { name, usable: false, reason: why, remedy };
}

async function carbonCheck(world: World): Promise<CarbonCheck> {
  try {
    const { zone, region, from, notes } = await resolvePlace(world, {}, await readCarbonConfig(world));
    const place = region?.id ?? zone;
    return { usable: place !== undefined, ...(place !== undefined && { place }), from, notes };
  } catch (thrown) {
    const remedy = thrown instanceof FrugalError ? thrown.remedy : "check FRUGAL_ZONE and config.json";
    return { usable: false, from: "none", notes: [], reason: messageOf(thrown), remedy };
  }
}
