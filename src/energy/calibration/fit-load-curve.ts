import { VERSION } from "../../core/version.ts";
import { CALIBRATION_SCHEMA, type LoadCurveFit } from "./calibration-fit.ts";
import { crossValidate } from "./cross-validation.ts";
import { percent, refused } from "./fit-node.ts";
import { sensedWindows, spansOf } from "./fit-windows.ts";
import { type CurvePoint, curveAt, monotoneCurve } from "./monotone-curve.ts";
import type { Recording } from "./recording.ts";

/** Counters are read as often as the machine was sampled; windows need no more than their own length. */
const COUNTER_PERIOD_S = 0;
/** Shares that are closer than this are one point of the curve: our choice, 20 points at the most. */
const APART = 0.05;
const LEAST_POINTS = 4;
const LEAST_RANGE = 0.5;
/** As for a line over busy time: what kind of work it is moves power that much, and more makes the curve worth nothing. */
const MOST_ERROR = 0.25;
/** What the package counter itself may be off by: see powercap-sensor.ts. */
const COUNTER = 0.05;

/** Learns watts over busy share from the CPU's counter. Throws "calibration-refused" for a curve not to be trusted. */
export function fitLoadCurve(recording: Recording, source: string, createdAt: string): LoadCurveFit {
  const windows = sensedWindows(recording, spansOf(recording, COUNTER_PERIOD_S));
  const points = windows.flatMap(({ busy, cpuW, block }) =>
    cpuW === undefined || cpuW <= 0 ? [] : [{ busy, watts: cpuW, y: cpuW, block }],
  );
  const curve = monotoneCurve(points, APART);
  const [first, last] = [curve[0], curve.at(-1)];
  if (
    first === undefined ||
    last === undefined ||
    curve.length < LEAST_POINTS ||
    last.busy - first.busy < LEAST_RANGE
  ) {
    const seen = first === undefined ? "nothing" : `${percent(first.busy)} to ${percent(last!.busy)} busy`;
    throw refused(
      `the load was seen at ${curve.length} levels, ${seen}`,
      "let frugal make the load on a machine that is otherwise idle, and for longer: --minutes 10",
    );
  }
  if (last.watts <= first.watts)
    throw refused("power did not rise with load", "check that the counter is that of the CPU packages");
  const validated = crossValidate(points, (rest) => {
    const learnt = monotoneCurve(rest, APART);
    return learnt.length < 2 ? undefined : (point: CurvePoint) => curveAt(learnt, point.busy);
  });
  if (validated === undefined || validated.rms > MOST_ERROR) {
    throw refused(
      `its error on readings that it had not seen is ${validated === undefined ? "unknown" : percent(validated.rms)}, more than ${percent(MOST_ERROR)}`,
      "close other programs and let it run longer: --minutes 20",
    );
  }
  const meanW = points.reduce((sum, { watts }) => sum + watts, 0) / points.length;
  const sumOf = (error: (point: CurvePoint) => number): number =>
    points.reduce((sum, point) => sum + error(point) ** 2, 0);
  return {
    schema: CALIBRATION_SCHEMA,
    kind: "load-curve",
    created_at: createdAt,
    frugal: VERSION,
    machine: recording.machine,
    source,
    points: curve,
    error: {
      cross_validated_rms: validated.rms,
      worst: validated.worst,
      half_width: Math.hypot(validated.halfWidth, COUNTER),
      r2: 1 - sumOf(({ watts, busy }) => watts - curveAt(curve, busy)) / sumOf(({ watts }) => watts - meanW),
      windows: points.length,
      blocks: [...new Set(points.map(({ block }) => block))],
    },
  };
}
