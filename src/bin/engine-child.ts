/** The process that loads a user's model: if the model brings it down, the command or the server lives on. */
import type { ToChild } from "../engines/engine-messages.ts";
import { type ChildChannel, serveEngine } from "../engines/serve-engine.ts";

// When the parent is gone nobody wants the answer.
process.on("disconnect", () => process.exit(0));
const channel: ChildChannel = {
  send: (message) => void process.send?.(message),
  onMessage: (listener) => void process.on("message", (message) => listener(message as ToChild)),
  onStray: (listener) => {
    // Node raises unhandled rejections as this, too.
    process.on("uncaughtException", listener);
    return () => process.off("uncaughtException", listener);
  },
};
serveEngine(channel, async (request) => {
  const [{ loadAdapted }, { nodeFiles }] = await Promise.all([
    import("../reuse/adapted/load-adapted.ts"),
    import("../host/node-files.ts"),
  ]);
  return await loadAdapted(nodeFiles, request);
});
