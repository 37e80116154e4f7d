import { messageOf } from "../../core/error.ts";
import { within } from "../../core/interval.ts";
import type { Component } from "../../core/meter.ts";
import { LibraryMissing } from "../bound-library.ts";
import { counterDelta } from "../counter-delta.ts";
import { noteList } from "../note-list.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Found, Sensor, SourceContext } from "../sensor.ts";
import { type EmiDevice, EmiError, openEmiDevices } from "./emi.ts";

const SOURCE = "Energy Meter Interface";
const INSTEAD = "set FRUGAL_CPU_WATTS, or use a meter (FRUGAL_METER)";
/** As the same counters on Linux: see powercap-sensor.ts. */
const WIDTH = 0.05;
const MOST_WATTS = 1_000;
const STEP_S = 1;

/**
 * Names that hold all of a part, best first; the first that is there counts, summed over packages. Intel's driver names RAPL
 * domains, of which PP0 and PP1 lie inside PKG; AMD's names the socket beside rails that it contains.
 */
const NAMES: Readonly<Partial<Record<Component, readonly RegExp[]>>> = {
  cpu: [/^RAPL_Package\d+_PKG$/i, /^Current Socket Power$/i, /^Apu Power$/i],
  ram: [/^RAPL_Package\d+_DRAM$/i],
};

/** Energy counters of Windows 10 and 11 on bare metal, without administrator rights. */
export function openEmi({ world, nowS }: SourceContext): Found {
  let devices: readonly EmiDevice[];
  try {
    devices = openEmiDevices(world.native);
    if (devices.length === 0)
      throw new Error("Windows lists no energy meter: it is a virtual machine, or its driver is missing");
  } catch (thrown) {
    return missing(messageOf(thrown), remedyOf(thrown));
  }
  let users = 0;
  const close = (): void => {
    if (--users === 0) for (const device of devices) device.close();
  };
  try {
    const there = devices.flatMap((device) => device.read());
    const sensors: Sensor[] = [];
    for (const [component, patterns] of Object.entries(NAMES) as [Component, readonly RegExp[]][]) {
      const pattern = patterns.find((each) => there.some(({ name }) => each.test(name)));
      if (pattern === undefined) continue;
      const names = there.flatMap(({ name, joules }) => (pattern.test(name) && joules > 0 ? [name] : []));
      // Client machines list a DRAM counter that never counts.
      if (names.length === 0) continue;
      users++;
      sensors.push(emiSensor(component, names, devices, { nowS, close }));
    }
    if (sensors.length > 0) return { sensors, unavailable: [] };
    const listed = there.map(({ name }) => name).join(", ");
    for (const device of devices) device.close();
    return missing(`none of its counters is known as the CPU's: ${listed || "it has none"}`, INSTEAD);
  } catch (thrown) {
    for (const device of devices) device.close();
    return missing(messageOf(thrown), remedyOf(thrown));
  }
}

function emiSensor(
  component: Component,
  names: readonly string[],
  devices: readonly EmiDevice[],
  at: { readonly nowS: number; readonly close: () => void },
): Sensor {
  const losses = noteList();
  const read = (): number => {
    const all = devices.flatMap((device) => device.read());
    return all.reduce((sum, { name, joules }) => sum + (names.includes(name) ? joules : 0), 0);
  };
  let last = read();
  let lastS = at.nowS;
  let joules = 0;
  let lostS = 0;
  let isOpen = true;
  const sensor = rateSensor(
    {
      component,
      boundary: "machine",
      method: "counter",
      source: `${SOURCE}: ${names.join(" + ")}`,
      remedy: "restart the program; if that does not help, update the chipset's driver",
      interval: (amount) => within(amount, WIDTH),
      doubts: [],
      joulesAt(nowS) {
        if (!isOpen || nowS <= lastS) return joules;
        const now = read();
        const gapS = nowS - lastS;
        const limits = { range: Number.MAX_SAFE_INTEGER, most: MOST_WATTS * names.length * (gapS + STEP_S) };
        const delta = counterDelta(last, now, limits);
        last = now;
        lastS = nowS;
        if (delta.kind === "impossible") losses.add("an impossible jump of the counter was left out");
        else joules += delta.delta;
        if (delta.kind === "reset")
          losses.add("the counter was reset, as after sleep; what it held before is lost");
        if (delta.kind === "impossible" || delta.kind === "reset") lostS += gapS;
        return joules;
      },
      coveredAt: () => lastS - at.nowS - lostS,
      notesOf: losses.all,
    },
    at.nowS,
  );
  return {
    ...sensor,
    close() {
      if (!isOpen) return;
      isOpen = false;
      at.close();
    },
  };
}

function remedyOf(thrown: unknown): string {
  if (thrown instanceof LibraryMissing && thrown.remedy !== undefined) return thrown.remedy;
  if (thrown instanceof EmiError && thrown.isDenied)
    return "run it once as administrator, or update the chipset's driver";
  return `on bare metal, Windows 11 with the chipset maker's driver shows them; else ${INSTEAD}`;
}

const missing = (reason: string, remedy: string): Found => ({
  sensors: [],
  unavailable: [{ kind: "unavailable", component: "cpu", source: SOURCE, reason, remedy }],
});
