import { type ChildProcess, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ChildEntry, Exit, Processes } from "../core/ports.ts";

/** Lines of a child's stderr that are kept for an error message. */
const TAIL_LINES = 20;
/** Of those; a library may write without ever ending a line. */
const TAIL_CHARACTERS = 10_000;

export const nodeProcesses: Processes = {
  pid: process.pid,
  run(command, args, options) {
    const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...options?.env } });
    return {
      pid: child.pid ?? -1,
      exit: exitOf(child),
      kill: (signal) => void child.kill(signal as NodeJS.Signals),
    };
  },
  fork(entry, options) {
    const child = fork(entryPath(entry), [], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      serialization: "advanced",
      env: { ...process.env, ...options?.env },
      execArgv: [],
      // A terminal sends Ctrl+C to its whole foreground group; the parent decides when this child stops.
      detached: process.platform !== "win32",
    });
    let tail = "";
    child.stderr?.setEncoding("utf8");
    child.stderr?.on("data", (text: string) => {
      tail = (tail + text).slice(-TAIL_CHARACTERS).split("\n").slice(-TAIL_LINES).join("\n");
    });
    return {
      pid: child.pid ?? -1,
      send: (message) => {
        if (child.connected) child.send(message as object, () => {});
      },
      onMessage: (listener) => void child.on("message", listener),
      exit: exitOf(child),
      errorTail: () => tail.trim(),
      kill: (signal) => void child.kill(signal as NodeJS.Signals),
    };
  },
};

function exitOf(child: ChildProcess): Promise<Exit> {
  const exit = new Promise<Exit>((resolve, reject) => {
    // A running child also tells of a signal that could not be sent (EPERM, to a program of another user): it runs on.
    child.on("error", (thrown) => {
      if (child.pid === undefined) reject(thrown);
    });
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  // A caller who waits later must not find an unhandled rejection in between.
  exit.catch(() => {});
  return exit;
}

/** Children run compiled code, also when the parent is a test that runs from src/. */
function entryPath(entry: ChildEntry): string {
  const here = import.meta.url.replace("/src/host/", "/dist/host/");
  return fileURLToPath(new URL(`../bin/${entry}.js`, here));
}
