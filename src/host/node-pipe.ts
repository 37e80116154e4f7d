import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { Exit, Processes } from "../core/ports.ts";

/** Lines of a child's stderr that are kept for an error message. */
const TAIL_LINES = 20;
/** Of those; a library may write without ever ending a line. */
const TAIL_CHARACTERS = 10_000;

/** Apart from the other ways to start a process: every meter has it, and few use it. */
export const nodePipe: Processes["pipe"] = (command, args) => {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  child.unref();
  child.stdout.setEncoding("utf8");
  for (const stream of [child.stdout, child.stderr]) {
    // The pipes of a child keep a process alive as well; sockets can be told not to.
    if ("unref" in stream && typeof stream.unref === "function") stream.unref();
  }
  return {
    pid: child.pid ?? -1,
    onOutput: (listener) => void child.stdout.on("data", listener),
    exit: exitOf(child),
    errorTail: tailOf(child.stderr),
    kill: (signal) => void child.kill(signal as NodeJS.Signals),
  };
};

/** The last lines of a stream, from now on. */
export function tailOf(stream: Readable | null): () => string {
  let tail = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARACTERS).split("\n").slice(-TAIL_LINES).join("\n");
  });
  return () => tail.trim();
}

/** Rejects when the child could not be started. */
export function exitOf(child: ChildProcess): Promise<Exit> {
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
