import { setImmediate } from "node:timers/promises";
import { aborted } from "../core/error.ts";

/** Long computing calls this between steps: signals and timers get their turn, and an abort ends it. */
export async function letEventsIn(what: string, signal?: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal?.aborted) throw aborted(what, signal.reason);
}
