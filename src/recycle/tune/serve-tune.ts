/** The side of the process that trains or exports: one run, told as it goes. */
import { describeFailure } from "../../engines/child-failure.ts";
import type { ChildFailure } from "../../engines/engine-messages.ts";
import type { FromExporter, ToExporter } from "../export/export-messages.ts";
import { runExports } from "../export/run-exports.ts";
import { runJob, type TuneWorld } from "./run-job.ts";
import type { FromTuner, ToTuner } from "./tune-messages.ts";

export interface TuneChannel {
  send(message: FromTuner | FromExporter): void;
  onMessage(listener: (message: ToTuner | ToExporter) => void): void;
}

export function serveTune(world: TuneWorld, channel: TuneChannel): void {
  const stop = new AbortController();
  channel.onMessage((message) => {
    if (message.kind === "stop") {
      stop.abort();
      return;
    }
    if (message.kind === "export") {
      runExports(world.files, message.request, (made) => channel.send({ kind: "exported", made })).then(
        () => channel.send({ kind: "export-done" }),
        (thrown) => channel.send({ kind: "failed", failure: describe(thrown) }),
      );
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
