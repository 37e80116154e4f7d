import { byFactor } from "../../core/interval.ts";
import { machineBusySeconds } from "../machine-busy.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Sensor, SensorWorld } from "../sensor.ts";
import { FAMILIES_FROM } from "./cpu-families.ts";
import { cpuPlace } from "./cpu-place.ts";
import { matchCpu } from "./match-cpu.ts";
import { type FullPower, fullPower } from "./socket-watts.ts";

/**
 * Idle ÷ full power. Whole servers, SPECpower_ssj2008 (spec.org/power_ssj2008/results): Xeon 8280L 47 to 62 W of 412, EPYC
 * 9654 126 to 128 W of 827, EPYC 7763 95 to 122 W of 408. Our choice within that.
 */
const IDLE = 0.15;

/** A model of the CPUs, or why their name tells nothing. */
export type TableModel = { readonly sensor: Sensor } | { readonly why: string };

/**
 * All CPUs of the machine by their name and how busy they are: power rises in a straight line from idle to full. A
 * virtual machine has its part of a socket. Throws what reading the busy time throws.
 */
export function cpuTableModel(world: SensorWorld, nowS: number): TableModel {
  const { cpuModel } = world.machine;
  const match = matchCpu(cpuModel);
  if (match.kind === "unknown") return { why: match.why };
  const place = cpuPlace(world);
  const full = fullPower(match, place);
  if (full === undefined)
    return { why: `"${cpuModel}" is known, but not how much of it this virtual machine has` };
  return {
    sensor: sensorOf(world, nowS, { ...full, threads: place.threads, isExact: match.kind === "exact" }),
  };
}

function sensorOf(
  world: SensorWorld,
  nowS: number,
  {
    watts,
    factor,
    how,
    threads,
    isExact,
  }: FullPower & { readonly threads: number; readonly isExact: boolean },
): Sensor {
  const firstS = machineBusySeconds(world);
  return rateSensor(
    {
      component: "cpu",
      boundary: "machine",
      method: "modelled",
      source: `busy time × ${how}; ${FAMILIES_FROM}`,
      remedy: "check that /proc/stat can be read",
      interval: (joules) => byFactor(joules, factor),
      idle: { watts: byFactor(watts * IDLE, factor), from: "the same model" },
      doubts: [
        `${isExact ? "the part's" : "a family's"} highest power × load is an estimate; a counter, a meter or FRUGAL_CPU_WATTS is better`,
      ],
      joulesAt(now) {
        const busyS = Math.max(0, machineBusySeconds(world) - firstS);
        // Busy time may run a tick ahead of the clock.
        const busy = Math.min(busyS / threads, now - nowS);
        return watts * (IDLE * (now - nowS) + (1 - IDLE) * busy);
      },
      notesOf: () => [],
    },
    nowS,
  );
}
