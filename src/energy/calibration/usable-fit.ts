import type { Machine } from "../../core/ports.ts";
import type { Calibration } from "./calibration-fit.ts";
import { type Stored, shortId } from "./calibration-store.ts";
import type { MachineIdentity } from "./recording.ts";

/** Power supplies, fans and thermal paste age, and parts are exchanged: our choice. */
const MOST_AGE_DAYS = 365;
const MS_PER_DAY = 86_400_000;

export const identityOf = (
  machine: Pick<Machine, "hostname" | "cpuModel">,
  cpuThreads: number,
): MachineIdentity => ({
  hostname: machine.hostname,
  cpu_model: machine.cpuModel,
  cpu_threads: cpuThreads,
});

/** Why a fit must not be used here and now; undefined when it may. */
export function whyUnusable(fit: Calibration, here: MachineIdentity, nowIso: string): string | undefined {
  const { machine } = fit;
  if (machine.cpu_model !== here.cpu_model)
    return `it was made on another machine (CPU ${machine.cpu_model}, here ${here.cpu_model})`;
  // A load curve is for every machine of one type; a line holds one power supply with its fans and disks.
  if (fit.kind === "node" && (machine.hostname !== here.hostname || machine.cpu_threads !== here.cpu_threads))
    return `it was made on another machine (${machine.hostname}, ${machine.cpu_threads} CPU threads)`;
  if (fit.kind === "load-curve" && here.cpu_threads > machine.cpu_threads)
    return `it was made on a machine with ${machine.cpu_threads} CPU threads, fewer than the ${here.cpu_threads} here`;
  const days = (Date.parse(nowIso) - Date.parse(fit.created_at)) / MS_PER_DAY;
  if (days > MOST_AGE_DAYS) return `it is ${Math.floor(days)} days old, more than ${MOST_AGE_DAYS}`;
  return undefined;
}

export type Choice<K extends Calibration["kind"]> =
  | { readonly fit: Extract<Calibration, { kind: K }> }
  | { readonly reason: string };

/** The newest fit of one kind that may be used; why not, when there are only others; undefined when there is none. */
export function chooseFit<K extends Calibration["kind"]>(
  kind: K,
  stored: readonly Stored[],
  here: MachineIdentity,
  nowIso: string,
): Choice<K> | undefined {
  let reason: string | undefined;
  for (const each of stored) {
    if ("trouble" in each) {
      reason ??= `${each.path.split("/").at(-1)}: ${each.trouble}`;
      continue;
    }
    if (each.fit.kind !== kind) continue;
    const why = whyUnusable(each.fit, here, nowIso);
    if (why === undefined) return { fit: each.fit as Extract<Calibration, { kind: K }> };
    reason = `calibration ${shortId(each.fit)}: ${why}`;
  }
  return reason === undefined ? undefined : { reason };
}
