import { fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemCode } from "../core/error.ts";
import type { ChildEntry, Processes } from "../core/ports.ts";
import { exitOf, nodePipe, tailOf } from "./node-pipe.ts";
import { ONE_HEAP } from "./one-heap.ts";

export const nodeProcesses: Processes = {
  pid: process.pid,
  isRunning(pid) {
    try {
      // Signal 0 only looks (kill(2)).
      return process.kill(pid, 0);
    } catch (thrown) {
      return systemCode(thrown) === "EPERM";
    }
  },
  run(command, args, options) {
    const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...options?.env } });
    return {
      pid: child.pid ?? -1,
      exit: exitOf(child),
      kill: (signal) => void child.kill(signal as NodeJS.Signals),
    };
  },
  pipe: nodePipe,
  fork(entry, options) {
    const child = fork(entryPath(entry), [], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...process.env, ...(options?.oneHeap && ONE_HEAP), ...options?.env },
      execArgv: [],
      // A terminal sends Ctrl+C to its whole foreground group; the parent decides when this child stops.
      detached: process.platform !== "win32",
    });
    return {
      pid: child.pid ?? -1,
      send: (message) => {
        if (child.connected) child.send(message as object, () => {});
      },
      onMessage: (listener) => void child.on("message", listener),
      exit: exitOf(child),
      errorTail: tailOf(child.stderr),
      kill: (signal) => void child.kill(signal as NodeJS.Signals),
    };
  },
};

/** Children run compiled code, also when the parent is a test that runs from src/. */
function entryPath(entry: ChildEntry): string {
  const here = import.meta.url.replace("/src/host/", "/dist/host/");
  return fileURLToPath(new URL(`../bin/${entry}.js`, here));
}
