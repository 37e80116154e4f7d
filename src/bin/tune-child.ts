/** The process that trains and exports: a model's file, a want of memory or a kill takes it down, and never the command. */
import { nodeClock } from "../host/node-clock.ts";
import { nodeFiles } from "../host/node-files.ts";
import { nodeMachine } from "../host/node-machine.ts";
import type { ToExporter } from "../recycle/export/export-messages.ts";
import { serveTune } from "../recycle/tune/serve-tune.ts";
import type { ToTuner } from "../recycle/tune/tune-messages.ts";

// When the parent is gone nobody waits for the result; the last checkpoint is on disk.
process.on("disconnect", () => process.exit(0));
serveTune(
  { files: nodeFiles, clock: nodeClock, machine: nodeMachine() },
  {
    send: (message) => void process.send?.(message),
    onMessage: (listener) =>
      void process.on("message", (message) => listener(message as ToTuner | ToExporter)),
  },
);
