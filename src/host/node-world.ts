/** The real ports, built lazily enough that `--help` pays for node built-ins only. */
import os from "node:os";
import { FrugalError } from "../core/error.ts";
import type { Signals, World } from "../core/ports.ts";
import type { Random } from "../core/random.ts";
import { nodeClock } from "./node-clock.ts";
import { nodeFetch } from "./node-fetch.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeGroups } from "./node-groups.ts";
import { nodeMachine } from "./node-machine.ts";
import { nodeNative } from "./node-native.ts";
import { nodeProcesses } from "./node-processes.ts";
import { nodeSockets } from "./node-sockets.ts";
import { nodeTerminal } from "./node-terminal.ts";
import { nodeThreads } from "./node-threads.ts";

export function nodeWorld(): World {
  return {
    clock: nodeClock,
    files: nodeFiles,
    fetch: nodeFetch,
    native: nodeNative,
    processes: nodeProcesses,
    random: entropy,
    terminal: nodeTerminal,
    signals: nodeSignals,
    sockets: nodeSockets,
    threads: nodeThreads,
    groups: nodeGroups,
    machine: nodeMachine(),
    env: process.env,
    get cwd() {
      return workingFolder();
    },
  };
}

/** Asked for only where a relative path is resolved: much works without a folder to stand in. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new FrugalError({
      code: "file-missing",
      what: "there is no current folder",
      why: "it was removed after this shell had entered it",
      remedy: "change to a folder that exists, and run it again",
      cause,
    });
  }
}

const entropy: Random = {
  next: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 4_294_967_296,
};

const nodeSignals: Signals = {
  on(signals, listener) {
    const handlers = signals.map((signal) => ({ signal, handle: () => listener(signal) }));
    for (const { signal, handle } of handlers) process.on(signal, handle);
    return () => {
      for (const { signal, handle } of handlers) process.off(signal, handle);
    };
  },
  exitNow: (signal) => process.exit(128 + os.constants.signals[signal]),
};
