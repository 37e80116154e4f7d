import type { ComponentUse } from "../sensor.ts";
import type { Nvml } from "./nvml.ts";
import { NOT_FOUND, NvmlError } from "./nvml-errors.ts";

/** The driver keeps a sample each 1/6 to 1 s (nvml.h, nvmlUtilization_t): asking more often tells nothing new. */
const LEAST_S = 0.25;

/**
 * Time on the multiprocessors by process: utilisation × time since the query before. Undefined from the first query that
 * the board does not support (MIG, Windows display driver, many virtual GPUs).
 */
export function smUse(
  nvml: Pick<Nvml, "processes">,
  device: bigint,
  startS: number,
): (nowS: number) => ComponentUse | undefined {
  const byProcess = new Map<number, number>();
  let busyS = 0;
  let since = 0n;
  let lastS = startS;
  let isSupported = true;
  const query = (): ReturnType<Nvml["processes"]> => {
    try {
      return nvml.processes(device, since);
    } catch (thrown) {
      if (thrown instanceof NvmlError && thrown.code === NOT_FOUND) return [];
      throw thrown;
    }
  };
  const credit = (seconds: number): void => {
    for (const { pid, stamp, smPercent } of query()) {
      const used = (smPercent / 100) * seconds;
      byProcess.set(pid, (byProcess.get(pid) ?? 0) + used);
      busyS += used;
      if (stamp > since) since = stamp;
    }
  };
  try {
    // What was used before the start is nobody's here.
    credit(0);
  } catch {
    isSupported = false;
  }
  return (nowS) => {
    const gapS = nowS - lastS;
    if (isSupported && gapS >= LEAST_S) {
      try {
        credit(gapS);
        lastS = nowS;
      } catch {
        isSupported = false;
      }
    }
    return isSupported ? { busyS, byProcess: new Map(byProcess) } : undefined;
  };
}
