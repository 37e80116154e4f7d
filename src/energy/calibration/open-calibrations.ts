import { messageOf } from "../../core/error.ts";
import type { Component } from "../../core/meter.ts";
import { machineThreads } from "../machine-busy.ts";
import type { Found, Sensor, SourceContext } from "../sensor.ts";
import { calibratedNode, fitName } from "./calibrated-node.ts";
import type { Calibration } from "./calibration-fit.ts";
import { storedCalibrations } from "./calibration-store.ts";
import { loadCurveModel } from "./load-curve-model.ts";
import { chooseFit, identityOf } from "./usable-fit.ts";

const REMEDY = {
  node: "calibrate this machine: frugal calibrate --meter csv:FILE or http:URL, or remove the fit: frugal calibrate --remove ID",
  "load-curve":
    "learn a curve on a bare machine of this type: frugal calibrate --from-rapl, or remove it: frugal calibrate --remove ID",
} as const;

/** The newest fit of one kind that holds for this machine, as a sensor; else why those that are there do not. */
export async function openCalibration(kind: Calibration["kind"], context: SourceContext): Promise<Found> {
  const { world, nowS, opened } = context;
  const cpuThreads = machineThreads(world);
  const here = identityOf(world.machine, cpuThreads);
  const choice = chooseFit(kind, await storedCalibrations(world), here, world.clock.stamp());
  if (choice === undefined) return { sensors: [], unavailable: [] };
  if ("reason" in choice) return missing(kind, choice.reason);
  const { fit } = choice;
  try {
    const sensor: Sensor | undefined =
      fit.kind === "node"
        ? calibratedNode(fit, world, { nowS, opened, cpuThreads })
        : loadCurveModel(fit, world, { nowS, cpuThreads });
    if (sensor !== undefined) return { sensors: [sensor], unavailable: [] };
  } catch (thrown) {
    return missing(kind, `${fitName(fit)}: ${messageOf(thrown)}`);
  }
  return missing(kind, `${fitName(fit)}, was made with other sensors than can be read here and now`);
}

function missing(kind: Calibration["kind"], reason: string): Found {
  const component: Component = kind === "node" ? "node" : "cpu";
  return {
    sensors: [],
    unavailable: [{ kind: "unavailable", component, source: "calibration", reason, remedy: REMEDY[kind] }],
  };
}
