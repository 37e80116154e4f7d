/** What a calibration leaves behind: one JSON file per fit, under FRUGAL_HOME/calibration. */
import type { MachineIdentity } from "./recording.ts";

export const CALIBRATION_SCHEMA = "frugal.calibration/1";

/** How well a fit predicted what it had not seen; relative errors. */
export interface FitError {
  readonly cross_validated_rms: number;
  readonly worst: number;
  /** Nominal 95 %, with the meter's own accuracy in it. */
  readonly half_width: number;
  readonly r2: number;
  readonly windows: number;
  /** What was held out together: kinds of load, or stretches of time. */
  readonly blocks: readonly string[];
}

interface FitBody {
  readonly schema: typeof CALIBRATION_SCHEMA;
  readonly created_at: string;
  readonly frugal: string;
  readonly machine: MachineIdentity;
  readonly error: FitError;
}

/** Watts of the whole machine = intercept + slope × what is sensed of it. */
export interface NodeFit extends FitBody {
  readonly kind: "node";
  /** `sensed`: watts of the parts; `busy`: part of all CPU threads that is busy, 0 … 1. */
  readonly predictor: "sensed" | "busy";
  /** Names of the sensors whose sum is `sensed`. */
  readonly parts: readonly string[];
  readonly intercept_w: number;
  /** W/W, or W from idle to all threads busy. */
  readonly slope: number;
  readonly meter: {
    readonly name: string;
    readonly accuracy: number;
    /** Seconds by which the meter's readings come after what was sensed; corrected in the fit. */
    readonly lag_s: number;
  };
  /** What was fitted, so that anyone can fit it again. */
  readonly windows: readonly {
    readonly block: string;
    readonly seconds: number;
    readonly wall_w: number;
    readonly x: number;
  }[];
}

/** Watts of the CPU packages over the part of all threads that is busy. */
export interface LoadCurveFit extends FitBody {
  readonly kind: "load-curve";
  /** The counter that it was learnt from. */
  readonly source: string;
  /** Ascending in both. */
  readonly points: readonly { readonly busy: number; readonly watts: number }[];
}

export type CalibrationBody = NodeFit | LoadCurveFit;
/** With the SHA-256 of its canonical JSON. */
export type Calibration = CalibrationBody & { readonly id: string };
