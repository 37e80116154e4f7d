import { FrugalError } from "../core/error.ts";
import { byFactor, within } from "../core/interval.ts";
import type { Environment } from "../core/ports.ts";
import type { ProcessTree } from "./process-tree.ts";
import { rateSensor } from "./rate-sensor.ts";
import type { Sensor } from "./sensor.ts";

/**
 * Watts of one vCPU (one hardware thread) at full load: mean of the three figures 3.50 (AWS, mean), 4.26 (Google Cloud,
 * median) and 3.76 (Azure, mean) of Cloud Carbon Footprint, https://www.cloudcarbonfootprint.org/docs/methodology/, appendix I, from
 * SPECpower results of server CPUs.
 */
export const WATTS_PER_BUSY_THREAD = 3.84;
/** 1.3 to 11.5 W: from a many-core server part at low clock to a desktop part at boost. */
export const UNKNOWN_CPU_FACTOR = 3;
/** The least that a busy thread of any CPU adds. */
export const LEAST_WATTS_PER_BUSY_THREAD: number = WATTS_PER_BUSY_THREAD / UNKNOWN_CPU_FACTOR;
/** A wattage that the user measured still leaves the straight line through zero as an error. */
export const OWN_WATTS_WIDTH = 0.3;
export const CPU_WATTS = "FRUGAL_CPU_WATTS";

/**
 * CPU seconds of the tree × watts per busy thread. Idle power of the machine is not charged to the work.
 * @param whyUnknown why nothing better than an average is known of this CPU.
 */
export function cpuTimeModel(tree: ProcessTree, env: Environment, nowS: number, whyUnknown = ""): Sensor {
  const own = ownCpuWatts(env);
  const watts = own ?? WATTS_PER_BUSY_THREAD;
  const from = own === undefined ? "Cloud Carbon Footprint average" : CPU_WATTS;
  return rateSensor(
    {
      component: "cpu",
      boundary: "process-tree",
      method: "modelled",
      source: `CPU seconds of the ${tree.covers} × ${watts} W per busy thread (${from})`,
      remedy: "check that /proc is readable for this user",
      interval: (joules) =>
        own === undefined ? byFactor(joules, UNKNOWN_CPU_FACTOR) : within(joules, OWN_WATTS_WIDTH),
      doubts:
        own === undefined
          ? [
              ...(whyUnknown === "" ? [] : [whyUnknown]),
              `watts per thread are an average of cloud servers; set ${CPU_WATTS} to this machine's own`,
            ]
          : [],
      joulesAt: (now) => tree.use(now).cpuS * watts,
      notesOf: () => tree.notes.all(),
    },
    nowS,
  );
}

/** The watts per busy thread that the user measured, if any; throws "bad-option". */
export function ownCpuWatts(env: Environment): number | undefined {
  const text = env[CPU_WATTS];
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new FrugalError({
    code: "bad-option",
    what: `${CPU_WATTS}=${text}`,
    why: "it is not a positive number",
    remedy: `give the watts that one busy thread adds, for example ${CPU_WATTS}=4.5, or unset it`,
  });
}
