import type { Files, Machine } from "../core/ports.ts";

/** USER_HZ (proc_stat(5)); see proc-stat.ts. */
const TICKS_PER_SECOND = 100;
/** Columns of the first line of /proc/stat that are work: user, nice, system, irq, softirq. Guests are within user; stolen time is a neighbour's. */
const WORK: readonly number[] = [0, 1, 2, 5, 6];

/** CPU seconds that the whole machine was busy since its start, over all threads; throws when nothing tells. */
export function machineBusySeconds(world: {
  readonly files: Pick<Files, "readTextSync">;
  readonly machine: Pick<Machine, "machineBusySeconds">;
}): number {
  let text: string;
  try {
    text = world.files.readTextSync("/proc/stat");
  } catch {
    // Not Linux. There the answer also reads clock speeds, so the short way comes first.
    return world.machine.machineBusySeconds();
  }
  const line = text.slice(0, text.indexOf("\n"));
  const fields = line.trim().split(/\s+/).slice(1).map(Number);
  const busy = WORK.reduce((sum, column) => sum + (fields[column] ?? Number.NaN), 0);
  if (!line.startsWith("cpu ") || !Number.isFinite(busy)) throw new Error("/proc/stat cannot be parsed");
  return busy / TICKS_PER_SECOND;
}

/** Threads whose time `machineBusySeconds` is the sum of: all of the machine's, also where this process may use fewer. */
export function machineThreads(world: {
  readonly files: Pick<Files, "readTextSync">;
  readonly machine: Pick<Machine, "cpuThreads">;
}): number {
  try {
    const lines = world.files.readTextSync("/proc/stat").match(/^cpu\d+ /gm);
    return lines?.length ?? world.machine.cpuThreads;
  } catch {
    return world.machine.cpuThreads;
  }
}
