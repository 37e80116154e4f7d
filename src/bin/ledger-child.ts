/** The process that loads SQLite: a damaged file can end it, and the command or the server lives on. */
import { nodeFiles } from "../host/node-files.ts";
import type { ToChild } from "../ledger/ledger-messages.ts";
import { serveLedger } from "../ledger/serve-ledger.ts";

// When the parent is gone nobody wants the answer.
process.on("disconnect", () => process.exit(0));
serveLedger(nodeFiles, {
  send: (message) => void process.send?.(message),
  onMessage: (listener) => void process.on("message", (message) => listener(message as ToChild)),
  end: () => process.exit(0),
});
