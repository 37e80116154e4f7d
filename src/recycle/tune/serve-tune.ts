/** The side of the process that trains: one run, told as it goes. */
import { describeFailure } from "../../engines/child-failure.ts";
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

const describe = (thrown: unknown): ChildFailure =>
  describeFailure(thrown, {
    what: "training failed",
    remedy: "this is a fault of frugal or of the model's files: try another model, and report it",
  });
