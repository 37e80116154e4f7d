import { type Interval, within } from "../../core/interval.ts";
import { machineBusySeconds } from "../machine-busy.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Sensor, SensorWorld } from "../sensor.ts";
import { fitName } from "./calibrated-node.ts";
import type { Calibration, LoadCurveFit } from "./calibration-fit.ts";
import { curveAt, slopesOf } from "./monotone-curve.ts";

/**
 * The CPU packages by a curve that was learnt from a counter on a machine of the same type. Where this machine has all of
 * its threads, the curve is read at the busy share. A virtual machine with fewer is given its part of the idle power, and
 * for each busy thread the mean rise; how busy its neighbours are, which moves that rise, it cannot see.
 */
export function loadCurveModel(
  fit: Calibration & LoadCurveFit,
  world: SensorWorld,
  at: { readonly nowS: number; readonly cpuThreads: number },
): Sensor {
  const curve = fit.points;
  const part = Math.min(1, at.cpuThreads / fit.machine.cpu_threads);
  const idleW = curveAt(curve, 0);
  const riseW = curveAt(curve, 1) - idleW;
  let busyS = machineBusySeconds(world);
  let lastS = at.nowS;
  let joules = 0;
  return rateSensor(
    {
      component: "cpu",
      boundary: "machine",
      method: "modelled",
      source: `busy time × ${fitName(fit)}${part < 1 ? `, ${at.cpuThreads} of ${fit.machine.cpu_threads} threads` : ""}`,
      remedy: "learn the curve again on the bare machine: frugal calibrate --from-rapl",
      interval: (amount) =>
        widened(within(amount, fit.error.half_width), part < 1 ? slopesOf(curve) : undefined, riseW),
      idle: { watts: within(part * idleW, fit.error.half_width), from: "the same curve" },
      doubts:
        part < 1
          ? [
              `a share of a machine of ${fit.machine.cpu_threads} threads: its idle power by threads, the rest by busy time`,
            ]
          : [],
      joulesAt(nowS) {
        const now = machineBusySeconds(world);
        const seconds = nowS - lastS;
        if (seconds <= 0) return joules;
        const busy = Math.min(1, Math.max(0, now - busyS) / (seconds * at.cpuThreads));
        joules += seconds * (part < 1 ? part * (idleW + busy * riseW) : curveAt(curve, busy));
        busyS = Math.max(busyS, now);
        lastS = nowS;
        return joules;
      },
      notesOf: () => [],
    },
    at.nowS,
  );
}

/** The mean rise stands for the steepest or the flattest piece of the curve, whichever the neighbours leave. */
function widened(
  interval: Interval,
  slopes: ReturnType<typeof slopesOf> | undefined,
  riseW: number,
): Interval {
  if (slopes === undefined || riseW <= 0) return interval;
  const low = interval.low * Math.min(1, slopes.least / riseW);
  return { ...interval, low, high: interval.high * Math.max(1, slopes.most / riseW) };
}
