import type { Clock, Environment } from "../core/ports.ts";
import { cpuTimeModel } from "./cpu-time-model.ts";
import { memoryModel } from "./memory-model.ts";
import { openProcessTree, type ProcessTree, type TreeWorld } from "./process-tree.ts";
import type { Found } from "./sensor.ts";

export interface SensorWorld extends TreeWorld {
  readonly clock: Clock;
  readonly env: Environment;
}

/** All that can be read here: models of the process tree. */
export function openSensors(world: SensorWorld): Found & { readonly tree: ProcessTree } {
  const tree = openProcessTree(world);
  const nowS = world.clock.now();
  return { tree, sensors: [cpuTimeModel(tree, world.env, nowS), memoryModel(tree, nowS)], unavailable: [] };
}
