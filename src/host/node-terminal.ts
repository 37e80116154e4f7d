import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { systemCode } from "../core/error.ts";
import type { Terminal } from "../core/ports.ts";

const [STDIN, STDOUT, STDERR] = [0, 1, 2];

/**
 * The streams of `process` are touched only where they are used: opening one makes a pipe non-blocking, also for a
 * command that shares it (`track`), whose reads and writes then fail with EAGAIN.
 */
export const nodeTerminal: Terminal = {
  writeOut: async (text) => {
    if (fstatSync(STDOUT).isFile()) writeWhole(STDOUT, text);
    else await writeStream(text);
  },
  writeErr: (text) => {
    if (process.stderr.listenerCount("error", drop) === 0) process.stderr.on("error", drop);
    process.stderr.write(text);
  },
  get outIsTerminal() {
    return isatty(STDOUT);
  },
  get errIsTerminal() {
    return isatty(STDERR);
  },
  get inIsTerminal() {
    return isatty(STDIN);
  },
  get columns() {
    if (isatty(STDERR)) return process.stderr.columns || 80;
    return (isatty(STDOUT) && process.stdout.columns) || 80;
  },
  get rows() {
    if (isatty(STDERR)) return process.stderr.rows || 24;
    return (isatty(STDOUT) && process.stdout.rows) || 24;
  },
  get colour() {
    const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
    if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0") return true;
    if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
    return TERM !== "dumb" && isatty(STDERR);
  },
  input: () => process.stdin,
};

const drop = (): void => {};

/** Node's own stream for files writes once and takes a short write, the last thing before a full disk, for a whole one. */
function writeWhole(file: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

async function writeStream(text: string | Uint8Array): Promise<void> {
  const { stdout } = process;
  // The callback tells of a failure, but without a listener the event would end the process.
  if (stdout.listenerCount("error", drop) === 0) stdout.on("error", drop);
  await new Promise<void>((resolve, reject) => {
    stdout.write(text, (failure) => {
      if (failure == null) return resolve();
      // The reader (`head`, `grep -q`) has what it wanted: not an error (Unix convention, ripgrep does the same).
      if (systemCode(failure) === "EPIPE") process.exit(0);
      reject(failure);
    });
  });
}
