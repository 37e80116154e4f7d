import { messageOf, systemCode } from "../core/error.ts";
import type { Component } from "../core/meter.ts";
import { cpuTimeModel } from "./cpu-time-model.ts";
import { openGpus } from "./gpu/open-gpus.ts";
import { memoryModel } from "./memory-model.ts";
import { openProcessTree, type ProcessTree } from "./process-tree.ts";
import type {
  Found,
  Sensor,
  SensorOptions,
  SensorSource,
  SensorWorld,
  SourceContext,
  Unavailable,
} from "./sensor.ts";
import { DEFAULT_SENSORD_PATH, sensordPath } from "./sensord-path.ts";

const POWERCAP_ROOT = "/sys/class/powercap";

/**
 * Where energy can be read, best first. Counters come before the models that stand in for them, so that a component is
 * never counted by both. What most machines lack is loaded only where it is looked for: every file costs start-up time.
 */
const SOURCES: readonly SensorSource[] = [
  { open: powercap },
  // A counter that another process reads for us: only where this one may not.
  { standsInFor: "cpu", open: sensord },
  { open: openGpus },
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

async function powercap(context: SourceContext): Promise<Found> {
  const root = context.options.powercapRoot ?? POWERCAP_ROOT;
  try {
    context.world.files.listSync(root);
  } catch (thrown) {
    const absent = `${root} does not exist: not Linux on bare metal, or the intel_rapl_msr module is not loaded`;
    const reason = systemCode(thrown) === "ENOENT" ? absent : messageOf(thrown);
    const remedy = "on bare metal: sudo modprobe intel_rapl_msr";
    return {
      sensors: [],
      unavailable: [{ kind: "unavailable", component: "cpu", source: "powercap", reason, remedy }],
    };
  }
  return (await import("./powercap-source.ts")).openPowercap(context, root);
}

/** Most machines have no daemon, and need not load what speaks with one. */
function hasFolder({ files }: SensorWorld, path: string): boolean {
  try {
    files.listSync(path.slice(0, path.lastIndexOf("/")));
    return true;
  } catch (thrown) {
    return systemCode(thrown) !== "ENOENT";
  }
}

async function sensord(context: SourceContext): Promise<Found> {
  const path = sensordPath(context.world.env);
  const isAsked = path !== DEFAULT_SENSORD_PATH || hasFolder(context.world, DEFAULT_SENSORD_PATH);
  if (context.world.machine.os === "win32" || path === undefined || !isAsked)
    return { sensors: [], unavailable: [] };
  return (await import("./sensord/sensord-source.ts")).openSensord(context.world, path);
}

const only = (sensor: Sensor): Found => ({ sensors: [sensor], unavailable: [] });
