import type { Component } from "../core/meter.ts";
import { cpuTimeModel } from "./cpu-time-model.ts";
import { findGpus } from "./gpu-presence.ts";
import { memoryModel } from "./memory-model.ts";
import { openPowercap } from "./powercap-source.ts";
import { openProcessTree, type ProcessTree } from "./process-tree.ts";
import type { Found, Sensor, SensorOptions, SensorSource, SensorWorld, Unavailable } from "./sensor.ts";

/**
 * Where energy can be read, best first. Counters come before the models that stand in for them, so that a component is
 * never counted by both.
 */
const SOURCES: readonly SensorSource[] = [
  { open: openPowercap },
  { open: ({ world }) => ({ sensors: [], unavailable: findGpus(world.files) }) },
  { standsInFor: "cpu", open: ({ world, tree, nowS }) => only(cpuTimeModel(tree, world.env, nowS)) },
  { standsInFor: "ram", open: ({ tree, nowS }) => only(memoryModel(tree, nowS)) },
];

/**
 * Opens every sensor of this machine; the caller closes them. Throws "bad-option" for an unusable setting in the environment.
 * @param ownSources sources of the caller, which come first.
 */
export async function openSensors(
  world: SensorWorld,
  options: SensorOptions = {},
  ownSources: readonly SensorSource[] = [],
): Promise<Found & { readonly tree: ProcessTree }> {
  const tree = openProcessTree(world);
  const sensors: Sensor[] = [];
  const unavailable: Unavailable[] = [];
  const has = (component: Component): boolean => sensors.some((each) => each.component === component);
  for (const source of [...ownSources, ...SOURCES]) {
    if (source.standsInFor !== undefined && has(source.standsInFor)) continue;
    const found = await source.open({ world, options, tree, nowS: world.clock.now() });
    sensors.push(...found.sensors);
    unavailable.push(...found.unavailable);
  }
  return { tree, sensors, unavailable };
}

const only = (sensor: Sensor): Found => ({ sensors: [sensor], unavailable: [] });
