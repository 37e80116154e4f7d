/** CPU and memory of the whole machine where no counter tells: for those who watch the machine and not one program. */
import { byFactor, sumCorrelated, within } from "../core/interval.ts";
import { BYTES_PER_GB } from "../core/quantity.ts";
import {
  CPU_WATTS,
  OWN_WATTS_WIDTH,
  ownCpuWatts,
  UNKNOWN_CPU_FACTOR,
  WATTS_PER_BUSY_THREAD,
} from "./cpu-time-model.ts";
import { machineBusySeconds, machineThreads } from "./machine-busy.ts";
import { MEMORY_FACTOR, WATTS_PER_GB } from "./memory-model.ts";
import { rateSensor } from "./rate-sensor.ts";
import type { Sensor, SensorWorld } from "./sensor.ts";

/**
 * Watts of one vCPU without work: mean of 0.74 (AWS), 0.71 (Google Cloud) and 0.78 (Azure) of Cloud Carbon Footprint,
 * https://www.cloudcarbonfootprint.org/docs/methodology/, appendix I, where those of a busy one come from too.
 */
const WATTS_PER_IDLE_THREAD = 0.74;

/**
 * Every thread at its idle watts, and what each busy one adds.
 * @param whyUnknown why nothing better than an average is known of this CPU. Throws what reading the busy time throws.
 */
export function machineCpuModel(world: SensorWorld, nowS: number, whyUnknown: string): Sensor {
  const own = ownCpuWatts(world.env);
  const addedW = own ?? WATTS_PER_BUSY_THREAD - WATTS_PER_IDLE_THREAD;
  const idleW = machineThreads(world) * WATTS_PER_IDLE_THREAD;
  const from = own === undefined ? "Cloud Carbon Footprint averages" : CPU_WATTS;
  const firstS = machineBusySeconds(world);
  return rateSensor(
    {
      component: "cpu",
      boundary: "machine",
      method: "modelled",
      source: `busy time × ${Number(addedW.toFixed(2))} W per thread (${from}) + ${idleW.toFixed(2)} W idle`,
      remedy: "check that /proc/stat can be read",
      interval(joules, windowS = 0) {
        if (own === undefined) return byFactor(joules, UNKNOWN_CPU_FACTOR);
        const idleJ = Math.min(joules, idleW * windowS);
        return sumCorrelated([byFactor(idleJ, UNKNOWN_CPU_FACTOR), within(joules - idleJ, OWN_WATTS_WIDTH)]);
      },
      idle: { watts: byFactor(idleW, UNKNOWN_CPU_FACTOR), from: "Cloud Carbon Footprint average" },
      doubts: [
        ...(whyUnknown === "" ? [] : [whyUnknown]),
        own === undefined
          ? `watts per thread are averages of cloud servers; a counter, a meter or ${CPU_WATTS} is better`
          : "idle watts are an average of cloud servers; a counter or a meter is better",
      ],
      joulesAt: (now) => idleW * (now - nowS) + addedW * Math.max(0, machineBusySeconds(world) - firstS),
      notesOf: () => [],
    },
    nowS,
  );
}

/** All memory that is installed, used or not: what it draws depends little on what it holds. */
export function machineMemoryModel(world: Pick<SensorWorld, "machine">, nowS: number): Sensor {
  const gigabytes = world.machine.memoryBytes / BYTES_PER_GB;
  return rateSensor(
    {
      component: "ram",
      boundary: "machine",
      method: "modelled",
      source: `${gigabytes.toFixed(1)} GB installed × ${WATTS_PER_GB} W/GB (Cloud Carbon Footprint)`,
      remedy: "a counter of the memory, or a meter, replaces this estimate",
      interval: (joules) => byFactor(joules, MEMORY_FACTOR),
      doubts: [],
      joulesAt: (now) => gigabytes * WATTS_PER_GB * (now - nowS),
      notesOf: () => [],
    },
    nowS,
  );
}
