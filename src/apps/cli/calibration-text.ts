/** Fits as text for people. */
import { significant } from "../../core/format-quantity.ts";
import { lineText } from "../../energy/calibration/calibrated-node.ts";
import type { Calibration } from "../../energy/calibration/calibration-fit.ts";
import { shortId } from "../../energy/calibration/calibration-store.ts";
import { percent } from "../../energy/calibration/fit-node.ts";

export function calibrationText(fit: Calibration): string {
  const { error } = fit;
  return [
    `calibration ${shortId(fit)}`,
    ...(fit.kind === "node" ? nodeLines(fit) : curveLines(fit)),
    `error on readings that it had not seen: ${percent(error.cross_validated_rms)}, at worst ${percent(error.worst)}; ± ${percent(error.half_width)} is said of later figures`,
    `made of ${error.windows} windows under ${error.blocks.join(", ")} on ${fit.created_at.slice(0, 10)}`,
    `for ${fit.machine.cpu_model}, ${fit.machine.cpu_threads} threads${fit.kind === "node" ? `, ${fit.machine.hostname}` : ""}`,
  ].join("\n");
}

const nodeLines = (fit: Extract<Calibration, { kind: "node" }>): readonly string[] => [
  `whole machine = ${lineText(fit)}`,
  ...(fit.parts.length > 0 ? [`parts: ${fit.parts.join("; ")}`] : []),
  `meter: ${fit.meter.name} (± ${percent(fit.meter.accuracy)}), whose readings come ${fit.meter.lag_s.toFixed(1)} s after what was sensed`,
];

const curveLines = (fit: Extract<Calibration, { kind: "load-curve" }>): readonly string[] => [
  `CPU by busy share: ${fit.points.map(({ busy, watts }) => `${Math.round(100 * busy)} % ${significant(watts)} W`).join(", ")}`,
  `learnt from ${fit.source}`,
];
