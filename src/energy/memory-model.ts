import { byFactor } from "../core/interval.ts";
import { BYTES_PER_GB } from "../core/quantity.ts";
import type { ProcessTree } from "./process-tree.ts";
import { rateSensor } from "./rate-sensor.ts";
import type { Sensor } from "./sensor.ts";

/** W per GB: Cloud Carbon Footprint, methodology, "Memory" (mean of two makers' figures, 0.375 and 0.4083). */
export const WATTS_PER_GB = 0.392;
/** BoaviztAPI uses 0.284 W/GB; DIMMs of different size and generation differ by about this factor. */
export const MEMORY_FACTOR = 2;

/** Resident memory of the process tree, integrated over the samples (trapezoids), × watts per GB. */
export function memoryModel(tree: ProcessTree, nowS: number): Sensor {
  let joules = 0;
  let last: { readonly at: number; readonly residentB: number } | undefined;
  return rateSensor(
    {
      component: "ram",
      boundary: "process-tree",
      method: "modelled",
      source: `resident memory of the ${tree.covers} × ${WATTS_PER_GB} W/GB (Cloud Carbon Footprint)`,
      remedy: "check that /proc is readable for this user",
      interval: (amount) => byFactor(amount, MEMORY_FACTOR),
      doubts: [],
      joulesAt(now) {
        const { residentB } = tree.use(now);
        const meanGb = (residentB + (last?.residentB ?? residentB)) / 2 / BYTES_PER_GB;
        joules += meanGb * WATTS_PER_GB * Math.max(0, now - (last?.at ?? nowS));
        last = { at: now, residentB };
        return joules;
      },
      notesOf: () => tree.notes.all(),
    },
    nowS,
  );
}
