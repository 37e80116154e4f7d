/** What a machine sensed of itself while its load went up and down: the half of a calibration that needs no meter. */
import { FrugalError, messageOf } from "../../core/error.ts";

export const RECORDING_SCHEMA = "frugal.recording/1";

/** Which machine a fit is for. */
export interface MachineIdentity {
  readonly hostname: string;
  readonly cpu_model: string;
  readonly cpu_threads: number;
}

export interface Recording {
  readonly schema: typeof RECORDING_SCHEMA;
  /** Wall time of second 0. */
  readonly started_at: string;
  readonly machine: MachineIdentity;
  /** The sensors of the machine's parts that `sensed_j` is the sum of; none on a machine without counters. */
  readonly parts: readonly string[];
  /** Steady loads, in order; none when the machine's own work was watched. */
  readonly steps: readonly RecordedStep[];
  readonly at_s: readonly number[];
  readonly sensed_j: readonly number[];
  /** Of the CPU packages alone, where they have counters. */
  readonly cpu_j: readonly number[];
  /** Busy CPU seconds of the machine. */
  readonly busy_s: readonly number[];
}

export interface RecordedStep {
  readonly from_s: number;
  readonly to_s: number;
  /** Kind of work, or `idle`. */
  readonly load: string;
  /** Part of all CPU threads that was kept busy. */
  readonly level: number;
}

/** Throws "bad-data" for anything but a recording of ours. */
export function parseRecording(text: string, file: string): Recording {
  const bad = (why: string): FrugalError =>
    new FrugalError({
      code: "bad-data",
      what: `the recording ${file}`,
      why,
      remedy: "make one with frugal calibrate --record FILE",
    });
  let value: Partial<Recording>;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw bad(`it is not JSON (${messageOf(thrown)})`);
  }
  if (value?.schema !== RECORDING_SCHEMA) throw bad(`it is no ${RECORDING_SCHEMA}`);
  const columns = [value.at_s, value.sensed_j, value.cpu_j, value.busy_s];
  const length = value.at_s?.length ?? 0;
  const isWhole = columns.every(
    (column) => Array.isArray(column) && (column.length === length || column.length === 0),
  );
  const isKnown =
    typeof value.started_at === "string" && Array.isArray(value.steps) && Array.isArray(value.parts);
  if (!isWhole || !isKnown || typeof value.machine?.cpu_model !== "string") throw bad("it is damaged");
  return value as Recording;
}
