import { FrugalError, messageOf } from "../../core/error.ts";
import type { RunningThread, Threads } from "../../core/ports.ts";
import type { LoadOrder } from "./load-thread.ts";
import type { Step } from "./staircase.ts";

export interface LoadGenerator {
  /** Keeps `level` of all CPU threads busy from now on. */
  set(step: Pick<Step, "load" | "level">): void;
  /** Throws when a thread ended by itself. */
  check(): void;
  close(): void;
}

/** One thread per CPU thread; throws "out-of-memory" where they cannot be started. */
export function loadGenerator(threads: Threads, count: number): LoadGenerator {
  const running: RunningThread[] = [];
  const close = (): void => {
    for (const thread of running) {
      thread.post("close" satisfies LoadOrder);
      thread.stop();
    }
  };
  const failed = (why: string): FrugalError =>
    new FrugalError({
      code: "out-of-memory",
      what: "the load generator",
      why,
      remedy: "free some memory (each CPU thread takes 64 MB), or make the load yourself: --no-load",
    });
  try {
    for (let at = 0; at < count; at++) running.push(threads.start("load-thread", undefined));
  } catch (thrown) {
    close();
    throw failed(messageOf(thrown));
  }
  return {
    set({ load, level }) {
      running.forEach((thread, index) => {
        const share = Math.min(1, Math.max(0, level * count - index));
        thread.post({ load: share > 0 ? load : "idle", share } satisfies LoadOrder);
      });
    },
    check() {
      for (const thread of running) {
        const failure = thread.failure();
        if (failure !== undefined) throw failed(failure);
      }
    },
    close,
  };
}
