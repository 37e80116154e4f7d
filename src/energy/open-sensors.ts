import { messageOf, systemCode } from "../core/error.ts";
import { calibration } from "./calibration/calibration-source.ts";
import { cpuTableModel } from "./cpu-power/cpu-table-model.ts";
import { cpuTimeModel, ownCpuWatts } from "./cpu-time-model.ts";
import { openExternalMeter } from "./external-meter/external-meter-source.ts";
import { openGpus } from "./gpu/open-gpus.ts";
import { memoryModel } from "./memory-model.ts";
import { openNodeScope } from "./node-scope/node-scope-source.ts";
import { openPowercap } from "./powercap-source.ts";
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
import { namesIn } from "./sysfs.ts";

const POWERCAP_ROOT = "/sys/class/powercap";

/**
 * Where energy can be read, best first. Counters come before the models that stand in for them, so that a component is
 * never counted by both. What most machines lack is loaded only where it is looked for, since every file costs start-up
 * time; powercap and the table of CPUs are here, since nearly every machine has the one or needs the other.
 */
const SOURCES: readonly SensorSource[] = [
  { open: powercap },
  { open: ownCounters },
  // A counter that another process reads for us: only where this one may not.
  { standsInFor: "cpu", open: sensord },
  { open: openGpus },
  { open: openExternalMeter },
  { open: nodePower },
  { standsInFor: "node", open: calibration("node") },
  { standsInFor: "cpu", open: calibration("load-curve") },
  { standsInFor: "cpu", open: cpuModel },
  { standsInFor: "ram", open: ramModel },
  { standsInFor: "node", open: openNodeScope },
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
  for (const source of [...ownSources, ...SOURCES]) {
    const there = sensors.filter(({ component }) => component === source.standsInFor);
    if (there.some(({ seldom }) => seldom !== true)) continue;
    const opened = sensors.filter(({ standsIn }) => standsIn !== true);
    const found = await source.open({ world, options, tree, nowS: world.clock.now(), opened });
    if (there.length > 0) {
      sensors.push(...found.sensors.map((sensor): Sensor => ({ ...sensor, standsIn: true })));
    } else {
      sensors.push(...found.sensors);
      unavailable.push(...found.unavailable);
    }
  }
  return { tree, sensors, unavailable };
}

function powercap(context: SourceContext): Found {
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
  return openPowercap(context, root);
}

/** What the system itself counts where there is no powercap. */
async function ownCounters(context: SourceContext): Promise<Found> {
  const { os } = context.world.machine;
  if (os === "darwin") return await (await import("./apple/apple-source.ts")).openApple(context);
  if (os === "win32") return (await import("./windows/emi-source.ts")).openEmi(context);
  return { sensors: [], unavailable: [] };
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

/** Chips and batteries of Linux, and a management controller that the user names. */
async function nodePower(context: SourceContext): Promise<Found> {
  const { files, env } = context.world;
  const places = ["/sys/class/hwmon", "/sys/class/power_supply", "/sys/bus/i2c/drivers/ina3221x"];
  if (!places.some((place) => namesIn(files, place).length > 0) && !env["FRUGAL_REDFISH_URL"])
    return { sensors: [], unavailable: [] };
  return await (await import("./node-power/node-power-source.ts")).openNodePower(context);
}

/** By the user's own watts, else by what is known of the CPU's name, else by an average that says so. */
async function cpuModel({ world, options, tree, nowS }: SourceContext): Promise<Found> {
  let why = "";
  if (ownCpuWatts(world.env) === undefined) {
    try {
      const table = cpuTableModel(world, nowS);
      if ("sensor" in table) return only(table.sensor);
      why = table.why;
    } catch (thrown) {
      why = `the machine's busy time cannot be read: ${messageOf(thrown)}`;
    }
  }
  if (options.modelled !== "machine") return only(cpuTimeModel(tree, world.env, nowS, why));
  const { machineCpuModel } = await import("./machine-models.ts");
  try {
    return only(machineCpuModel(world, nowS, why));
  } catch (thrown) {
    const reason = `the machine's busy time cannot be read: ${messageOf(thrown)}`;
    const remedy = "check that /proc/stat can be read";
    return {
      sensors: [],
      unavailable: [{ kind: "unavailable", component: "cpu", source: "busy time", reason, remedy }],
    };
  }
}

async function ramModel({ world, options, tree, nowS }: SourceContext): Promise<Found> {
  if (options.modelled !== "machine") return only(memoryModel(tree, nowS));
  return only((await import("./machine-models.ts")).machineMemoryModel(world, nowS));
}

const only = (sensor: Sensor): Found => ({ sensors: [sensor], unavailable: [] });
