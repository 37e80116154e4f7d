/** The command's side of a training process: its messages, its ways of dying, and how it is stopped. */
import { aborted, FrugalError } from "../../core/error.ts";
import type { Clock, Processes, RunningChild } from "../../core/ports.ts";
import type { FromTuner, TuneRequest, TuneResult } from "./tune-messages.ts";

/** A step ends and a checkpoint is written within this time, or never. */
const GRACE_MS = 60_000;
const OUT_OF_MEMORY = /bad_alloc|out of memory|cannot allocate|heap limit/i;

export interface TuneWatch {
  readonly onMessage: (message: Exclude<FromTuner, { kind: "done" | "failed" }>) => void;
  /** Ends the run behind its current step, with a checkpoint. */
  readonly signal: AbortSignal;
}

/**
 * @returns undefined for a dry run.
 * @throws what the run throws there; "out-of-memory", "engine-crashed" when the process dies; "aborted".
 */
export async function tuneInProcess(
  { processes, clock }: { readonly processes: Pick<Processes, "fork">; readonly clock: Pick<Clock, "sleep"> },
  request: TuneRequest,
  { onMessage, signal }: TuneWatch,
): Promise<TuneResult | undefined> {
  signal.throwIfAborted();
  const child = processes.fork("tune-child");
  const settled = new AbortController();
  const stop = (): void => {
    child.send({ kind: "stop" });
    clock.sleep(GRACE_MS, settled.signal).then(
      () => child.kill("SIGKILL"),
      () => undefined,
    );
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise<TuneResult | undefined>((resolve, reject) => {
      child.onMessage((received) => {
        const message = received as FromTuner;
        if (message.kind === "done") resolve(message.result);
        else if (message.kind === "failed") reject(new FrugalError(message.failure));
        else onMessage(message);
      });
      child.exit.then(
        (exit) => reject(signal.aborted ? aborted("training", signal.reason) : deathOf(child, exit)),
        (thrown) => reject(thrown),
      );
      child.send({ kind: "tune", request });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    settled.abort();
    child.kill("SIGKILL");
    await child.exit.catch(() => undefined);
  }
}

function deathOf(
  child: RunningChild,
  { code, signal }: { code: number | null; signal: string | null },
): FrugalError {
  const tail = child.errorTail().trim().split("\n").slice(-5).join(" | ");
  const how = signal === null ? `it ended with code ${code}` : `it ended by ${signal}`;
  if (signal === "SIGKILL" || OUT_OF_MEMORY.test(tail)) {
    return new FrugalError({
      code: "out-of-memory",
      what: "the process that trained was ended",
      why: tail === "" ? "something killed it, most likely the system for lack of memory" : tail,
      remedy: "give --memory recompute, fewer --batch-tokens or a smaller model, then go on with --resume",
    });
  }
  return new FrugalError({
    code: "engine-crashed",
    what: "the process that trained crashed",
    why: tail === "" ? how : `${how}; it wrote: ${tail}`,
    remedy: "check that the model's files are whole, then go on with --resume",
  });
}
