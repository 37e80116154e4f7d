/** The command's side of a training process: its messages, its ways of dying, and how it is stopped. */
import { aborted, FrugalError } from "../../core/error.ts";
import type { Clock, Processes } from "../../core/ports.ts";
import { type DeathWords, deathOf } from "../../engines/child-failure.ts";
import type { FromTuner, TuneRequest, TuneResult } from "./tune-messages.ts";

/** A step ends and a checkpoint is written within this time, or never. */
const GRACE_MS = 60_000;

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
  const child = processes.fork("tune-child", { oneHeap: true });
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
        (exit) =>
          reject(
            signal.aborted ? aborted("training", signal.reason) : deathOf(exit, child.errorTail(), DEATH),
          ),
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

const DEATH: DeathWords = {
  what: "the process that trained",
  crashed: "the process that trained crashed",
  memoryRemedy: "give --memory recompute, fewer --batch-tokens or a smaller model, then go on with --resume",
  crashRemedy: "check that the model's files are whole, then go on with --resume",
};
