import { messageOf, systemCode } from "../core/error.ts";
import type { Component } from "../core/meter.ts";
import type { Clock, Environment } from "../core/ports.ts";
import { cpuTimeModel } from "./cpu-time-model.ts";
import { findGpus } from "./gpu-presence.ts";
import { memoryModel } from "./memory-model.ts";
import { POWERCAP_REMEDY, powercapSensor } from "./powercap-sensor.ts";
import { findPowercapZones, type PowercapZone, type PowercapZones } from "./powercap-zones.ts";
import { openProcessTree, type ProcessTree, type TreeWorld } from "./process-tree.ts";
import type { Found, Sensor, Unavailable } from "./sensor.ts";

export interface SensorWorld extends TreeWorld {
  readonly clock: Clock;
  readonly env: Environment;
}

export interface SensorOptions {
  /** Root of Linux powercap; /sys/class/powercap unless told. */
  readonly powercapRoot?: string;
}

const POWERCAP_ROOT = "/sys/class/powercap";

/** Counters where they can be read, else models: a component is never counted by both. */
export function openSensors(
  world: SensorWorld,
  options: SensorOptions = {},
): Found & { readonly tree: ProcessTree } {
  const tree = openProcessTree(world);
  const nowS = world.clock.now();
  const counted = openPowercap(world, options.powercapRoot ?? POWERCAP_ROOT, nowS);
  const has = (component: Component): boolean => counted.sensors.some((each) => each.component === component);
  const sensors = [
    ...counted.sensors,
    ...(has("cpu") ? [] : [cpuTimeModel(tree, world.env, nowS)]),
    ...(has("ram") ? [] : [memoryModel(tree, nowS)]),
  ];
  return { tree, sensors, unavailable: [...counted.unavailable, ...findGpus(world.files)] };
}

function openPowercap(world: SensorWorld, root: string, nowS: number): Found {
  let zones: PowercapZones;
  try {
    zones = findPowercapZones(world.files, root);
  } catch (thrown) {
    const absent = `${root} does not exist: not Linux on bare metal, or the intel_rapl_msr module is not loaded`;
    const reason = systemCode(thrown) === "ENOENT" ? absent : messageOf(thrown);
    return {
      sensors: [],
      unavailable: [missing("cpu", reason, "on bare metal: sudo modprobe intel_rapl_msr")],
    };
  }
  if (zones.packages.length === 0) {
    const reason = ["powercap lists no CPU package", ...zones.troubles].join("; ");
    return {
      sensors: [],
      unavailable: [missing("cpu", reason, "on bare metal: sudo modprobe intel_rapl_msr")],
    };
  }
  const opened = [
    openCounter(world, "cpu", zones.packages, nowS),
    ...(zones.dram.length > 0 ? [openCounter(world, "ram", zones.dram, nowS)] : []),
  ];
  const isSensor = (each: Sensor | Unavailable): each is Sensor => "sample" in each;
  const broken = zones.troubles.map((trouble) => missing("cpu", trouble, POWERCAP_REMEDY));
  const unavailable = opened.flatMap((each) => (isSensor(each) ? [] : [each]));
  return { sensors: opened.filter(isSensor), unavailable: [...unavailable, ...broken] };
}

function openCounter(
  world: SensorWorld,
  component: Component,
  zones: readonly PowercapZone[],
  nowS: number,
): Sensor | Unavailable {
  try {
    return powercapSensor(world.files, component, zones, nowS);
  } catch (thrown) {
    const denied = systemCode(thrown) === "EACCES" || systemCode(thrown) === "EPERM";
    // Since the fix of CVE-2020-8694 only root may read them.
    const reason = denied ? "the energy counters are readable by root only" : messageOf(thrown);
    return missing(component, reason, POWERCAP_REMEDY);
  }
}

const missing = (component: Component, reason: string, remedy: string): Unavailable => ({
  kind: "unavailable",
  component,
  source: "powercap",
  reason,
  remedy,
});
