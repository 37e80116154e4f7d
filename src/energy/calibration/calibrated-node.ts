import { significant } from "../../core/format-quantity.ts";
import { within } from "../../core/interval.ts";
import { machineBusySeconds } from "../machine-busy.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Sensor, SensorWorld } from "../sensor.ts";
import type { Calibration, NodeFit } from "./calibration-fit.ts";
import { shortId } from "./calibration-store.ts";
import { percent } from "./fit-node.ts";

/** How a fit names a part: the sensor that it was made with must be the one that is read. */
export const partName = ({
  component,
  method,
  source,
}: Pick<Sensor, "component" | "method" | "source">): string => `${component} ${method} ${source}`;

/** What a fit is the sum of: everything that was sensed of the whole machine, which neither models nor the whole itself are. */
export const partsOf = (sensors: readonly Sensor[]): readonly Sensor[] =>
  sensors.filter(
    ({ component, boundary, method }) =>
      component !== "node" && boundary === "machine" && method !== "modelled",
  );

/** For sources and lists: `calibration 0123456789ab of 2026-11-25, cross-validated error 3.4 %`. */
export const fitName = (fit: Calibration): string =>
  `calibration ${shortId(fit)} of ${fit.created_at.slice(0, 10)}, cross-validated error ${percent(fit.error.cross_validated_rms)}`;

export const lineText = ({ intercept_w, slope, predictor }: NodeFit): string =>
  `${significant(intercept_w)} W + ${significant(slope)} ${predictor === "sensed" ? "× the sum of the parts" : "W × the busy part of the CPUs"}`;

/**
 * The whole machine by a line that was fitted to a meter, from parts that are read anyway. Undefined where they are not
 * the parts of the fit.
 */
export function calibratedNode(
  fit: Calibration & NodeFit,
  world: SensorWorld,
  at: { readonly nowS: number; readonly opened: readonly Sensor[]; readonly cpuThreads: number },
): Sensor | undefined {
  const parts = partsOf(at.opened);
  const names = parts.map(partName);
  if (fit.predictor === "sensed" && names.join("\n") !== fit.parts.join("\n")) return undefined;
  const sensed = (nowS: number): number => parts.reduce((sum, part) => sum + part.sample(nowS).joules, 0);
  const busy = (): number => machineBusySeconds(world) / at.cpuThreads;
  const x = fit.predictor === "sensed" ? sensed : busy;
  const first = x(at.nowS);
  const covered = (nowS: number): number =>
    Math.min(
      nowS - at.nowS,
      ...(fit.predictor === "sensed" ? parts.map((part) => part.sample(nowS).coveredS) : []),
    );
  return rateSensor(
    {
      component: "node",
      boundary: "machine",
      method: "modelled",
      source: `${fitName(fit)}: ${lineText(fit)}`,
      remedy: "calibrate again: frugal calibrate --meter csv:FILE or http:URL",
      interval: (joules) => within(joules, fit.error.half_width),
      ...(fit.predictor === "busy" && {
        idle: { watts: within(fit.intercept_w, fit.error.half_width), from: "the same line" },
      }),
      doubts: [
        `fitted to ${fit.meter.name} (itself ± ${percent(fit.meter.accuracy)}) under loads of ${fit.error.blocks.join(", ")}`,
      ],
      joulesAt: (nowS) => fit.intercept_w * covered(nowS) + fit.slope * Math.max(0, x(nowS) - first),
      coveredAt: covered,
      notesOf: () => [],
    },
    at.nowS,
  );
}
