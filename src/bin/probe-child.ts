/** The process in which `frugal doctor` tries sensors and engines: what crashes or hangs there is ended from outside. */
import { nodeWorld } from "../host/node-world.ts";
import type { Probe } from "../journey/doctor/probe-messages.ts";
import { serveProbe } from "../journey/doctor/serve-probe.ts";

// When the parent is gone nobody wants the answer.
process.on("disconnect", () => process.exit(0));
serveProbe(nodeWorld(), {
  send: (message) => void process.send?.(message),
  onMessage: (listener) => void process.on("message", (message) => listener(message as Probe)),
});
