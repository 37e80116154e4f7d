/** Wall time of a whole process, from start to exit. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const FRUGAL = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");

export const processMs = (args, options) => commandMs(process.execPath, args, options);

/** Throws when the command fails, or is to print and does not: a quick failure must not look like speed. */
export function commandMs(command, args, { prints = false, env = {} } = {}) {
  const start = performance.now();
  const { status, stdout, error } = spawnSync(command, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...env },
  });
  const ms = performance.now() - start;
  if (status !== 0 || (prints && stdout.length === 0)) {
    throw new Error(`${command} ${args.join(" ")} ended with ${error?.message ?? status}`);
  }
  return ms;
}
