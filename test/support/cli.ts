import { spawnSync } from "node:child_process";
import { join } from "node:path";

export const COMMAND = join(import.meta.dirname, "..", "..", "dist", "bin", "frugal.js");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command with a ledger of its own. */
export function frugal(home: string, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, FRUGAL_HOME: home },
  });
  return { status, stdout, stderr };
}
