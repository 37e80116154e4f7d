import type { Files, HeldFile } from "../core/ports.ts";

export interface ForkWatch {
  /** False when no process of this system was started since the last call. Never throws. */
  mayHaveForked(): boolean;
  close(): void;
}

/**
 * Some container runtimes bring the file up to date only every few seconds (lxcfs), so it is not believed for ever: our
 * choice. What a child has used meanwhile is late then, not lost.
 */
const MOST_QUIET_CALLS = 10;

/**
 * The last field of /proc/loadavg is the newest process id (proc_loadavg(5)), as the namespace of this process numbers
 * them: every descendant has one, threads have as well. Where it tells nothing, a fork is always possible.
 */
export function forkWatch(files: Pick<Files, "holdSync">): ForkWatch {
  let calls = 0;
  let held: HeldFile | undefined;
  let isUseless = false;
  let newest: number | undefined;
  let quietCalls = 0;
  const look = (): number | undefined => {
    try {
      held ??= files.holdSync("/proc/loadavg");
      const pid = Number(held.readText().trim().split(" ")[4]);
      // gVisor writes 0.
      if (pid > 0) return pid;
    } catch {}
    isUseless = true;
    return undefined;
  };
  return {
    mayHaveForked() {
      // Who reads but once or twice is spared the file.
      if (++calls === 1 || isUseless) return true;
      const before = newest;
      newest = look();
      const isQuiet = newest !== undefined && newest === before && quietCalls < MOST_QUIET_CALLS;
      quietCalls = isQuiet ? quietCalls + 1 : 0;
      return !isQuiet;
    },
    close: () => held?.close(),
  };
}
