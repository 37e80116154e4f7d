/** The three ways to a calibration: with a meter at hand, with one whose file comes later, and with the CPU's own counter. */
import { FrugalError } from "../../core/error.ts";
import { readCsvMeter } from "../external-meter/csv-history.ts";
import { type MeterSpec, parseMeterSpec } from "../external-meter/meter-spec.ts";
import { openFeed } from "../external-meter/open-feed.ts";
import type { Calibration } from "./calibration-fit.ts";
import { sealCalibration } from "./calibration-store.ts";
import { fitLoadCurve } from "./fit-load-curve.ts";
import { fitNode } from "./fit-node.ts";
import { type RecordOptions, type RecordWorld, recordMachine } from "./record-machine.ts";
import type { Recording } from "./recording.ts";

export type MachineOptions = Omit<RecordOptions, "feed" | "feedEveryS">;

/** Puts the machine under load while the meter is read. Throws what the meter throws, or "calibration-refused". */
export async function calibrateWithMeter(
  world: RecordWorld,
  meter: string,
  options: MachineOptions,
): Promise<Calibration> {
  const spec = parseMeterSpec(meter);
  const feed = await openFeed(world, spec);
  try {
    const { recording, wall } = await recordMachine(world, {
      ...options,
      feed,
      feedEveryS: spec.options.everyS,
    });
    const readings = {
      name: feed.name,
      quantity: feed.quantity,
      accuracy: spec.options.accuracy,
      points: wall,
    };
    return sealCalibration(fitNode(recording, readings, world.clock.stamp()));
  } finally {
    feed.close?.();
  }
}

/** Room on both sides of a recording for a meter whose clock is off. */
const AROUND_MS = 60_000;

/** The same from a recording and what a meter wrote meanwhile. */
export async function calibrateRecorded(
  world: RecordWorld,
  meter: string,
  recording: Recording,
): Promise<Calibration> {
  const spec = parseMeterSpec(meter);
  if (spec.kind !== "csv") throw noHistory(spec);
  const startMs = Date.parse(recording.started_at);
  const endMs = startMs + 1_000 * (recording.at_s.at(-1) ?? 0);
  const { layout, rows } = await readCsvMeter(world, spec, {
    fromMs: startMs - AROUND_MS,
    toMs: endMs + AROUND_MS,
  });
  const readings = {
    name: `${spec.place.split(/[\\/]/).at(-1)}, column ${layout.name}`,
    quantity: layout.unit.quantity,
    accuracy: spec.options.accuracy,
    points: rows.map(({ wallMs, value }) => ({ atS: (wallMs - startMs) / 1_000, value })),
  };
  return sealCalibration(fitNode(recording, readings, world.clock.stamp()));
}

/** Learns the CPU's power over its busy share. Throws "sensor-unavailable" where there is no counter to learn from. */
export async function calibrateLoadCurve(world: RecordWorld, options: MachineOptions): Promise<Calibration> {
  const { recording, cpuSource } = await recordMachine(world, options);
  if (cpuSource === undefined) throw noCounter();
  return sealCalibration(fitLoadCurve(recording, cpuSource, world.clock.stamp()));
}

const noHistory = ({ place }: MeterSpec): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `--recorded with ${place}`,
    why: "only a file keeps what a meter said in the past",
    remedy: "give the meter's file: --meter csv:FILE",
  });

export const noCounter = (): FrugalError =>
  new FrugalError({
    code: "sensor-unavailable",
    what: "the load curve",
    why: "no energy counter of the CPU can be read here",
    remedy:
      "run it on the bare machine, with read access to /sys/class/powercap (docs/measuring.md), and copy the fit",
  });
