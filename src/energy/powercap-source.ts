import { messageOf, systemCode } from "../core/error.ts";
import type { Component } from "../core/meter.ts";
import { POWERCAP_REMEDY, powercapSensor } from "./powercap-sensor.ts";
import { findPowercapZones, type PowercapZone, type PowercapZones } from "./powercap-zones.ts";
import type { Found, Sensor, SensorWorld, SourceContext, Unavailable } from "./sensor.ts";

const LOAD_MODULE = "on bare metal: sudo modprobe intel_rapl_msr";

/** The CPU packages and their memory below `root`, as far as this user may read them. */
export function openPowercap({ world, nowS }: Pick<SourceContext, "world" | "nowS">, root: string): Found {
  let zones: PowercapZones;
  try {
    zones = findPowercapZones(world.files, root);
  } catch (thrown) {
    return { sensors: [], unavailable: [missing("cpu", messageOf(thrown), LOAD_MODULE)] };
  }
  if (zones.packages.length === 0) {
    const reason = ["powercap lists no CPU package", ...zones.troubles].join("; ");
    return { sensors: [], unavailable: [missing("cpu", reason, LOAD_MODULE)] };
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
