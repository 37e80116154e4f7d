/** The side of the process that trains: one run, told as it goes. */
import { FrugalError, messageOf } from "../../core/error.ts";
import type { ChildFailure } from "../../engines/engine-messages.ts";
import { runJob, type TuneWorld } from "./run-job.ts";
import type { FromTuner, ToTuner } from "./tune-messages.ts";

export interface TuneChannel {
  send(message: FromTuner): void;
  onMessage(listener: (message: ToTuner) => void): void;
}

export function serveTune(world: TuneWorld, channel: TuneChannel): void {
  const stop = new AbortController();
  channel.onMessage((message) => {
    if (message.kind === "stop") {
      stop.abort();
      return;
    }
    runJob(world, message.request, channel.send, stop.signal).then(
      (result) => channel.send({ kind: "done", result }),
      (thrown) => channel.send({ kind: "failed", failure: describe(thrown) }),
    );
  });
}

function describe(thrown: unknown): ChildFailure {
  if (thrown instanceof FrugalError) {
    const { code, what, why, remedy } = thrown;
    return { code, what, why, remedy };
  }
  return {
    code: "engine-crashed",
    what: "training failed",
    why: messageOf(thrown),
    remedy: "this is a fault of frugal or of the model's files: try another model, and report it",
  };
}
