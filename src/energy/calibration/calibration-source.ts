import { systemCode } from "../../core/error.ts";
import type { Found, SourceContext } from "../sensor.ts";
import type { Calibration } from "./calibration-fit.ts";
import { calibrationFolder } from "./calibration-folder.ts";

/** A fit of the user's own, as a sensor. Most users have none: only one look at a folder is for everyone. */
export const calibration =
  (kind: Calibration["kind"]) =>
  async (context: SourceContext): Promise<Found> => {
    if (!hasAny(context)) return { sensors: [], unavailable: [] };
    return (await import("./open-calibrations.ts")).openCalibration(kind, context);
  };

function hasAny({ world }: SourceContext): boolean {
  try {
    return world.files.listSync(calibrationFolder(world)).length > 0;
  } catch (thrown) {
    return systemCode(thrown) !== "ENOENT" && systemCode(thrown) !== "ENOTDIR";
  }
}
