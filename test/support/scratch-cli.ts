/** The built command in a folder of its own, which goes when the tests of a file end. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { COMMAND, type Ran } from "./cli.ts";

export interface ScratchCli {
  readonly scratch: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** A path in the folder. */
  at(...names: readonly string[]): string;
  frugal(...args: readonly string[]): Ran;
  /** What --json prints of a run that ends well. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they need
  json(...args: readonly string[]): any;
}

export function scratchCli(name: string, more: NodeJS.ProcessEnv = {}): ScratchCli {
  const scratch = mkdtempSync(join(tmpdir(), `frugal-${name}-`));
  afterAll(() => rmSync(scratch, { recursive: true }));
  const home = join(scratch, "home");
  const env = { ...process.env, FRUGAL_HOME: home, NO_COLOR: "1", ...more };
  const frugal = (...args: readonly string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      cwd: scratch,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  return {
    scratch,
    home,
    env,
    at: (...names) => join(scratch, ...names),
    frugal,
    json(...args) {
      const { status, stdout, stderr } = frugal(...args, "--json");
      expect(status, stderr).toBe(0);
      return JSON.parse(stdout);
    },
  };
}
