/** Standard streams that are full, closed or half gone, and folders that were taken away. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-streams-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** `frugal` in the script is this build. @returns what bash ended with. */
function bash(script: string) {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", `frugal() { "${process.execPath}" "${COMMAND}" "$@"; }\n${script}`],
    { cwd: scratch, encoding: "utf8", env: { ...process.env, FRUGAL_HOME: join(scratch, "home") } },
  );
  return { status, stdout, stderr };
}

const hasFull = existsSync("/dev/full");

test.runIf(hasFull)("a full disk behind stdout is an error with a hint", () => {
  const { status, stderr } = bash("frugal --help > /dev/full");
  expect(status).toBe(2);
  expect(stderr).toBe(
    "error: cannot write to standard output: ENOSPC\nhint: free some space or send it elsewhere\n",
  );
});

test("a file that takes only the first part of the output is an error, not a short file with exit 0", () => {
  const { status, stderr } = bash("ulimit -f 1; frugal run --help > help.txt");
  expect(statSync(join(scratch, "help.txt")).size).toBeGreaterThan(0);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: cannot write to standard output: EFBIG\nhint: /);
});

test("a file takes all of the output", () => {
  expect(bash("frugal run --help > help.txt").status).toBe(0);
  expect(readFileSync(join(scratch, "help.txt"), "utf8")).toBe(bash("frugal run --help").stdout);
});

test("a reader that has seen enough ends the program without complaint", () => {
  expect(bash("set -o pipefail; frugal run --help | head -1")).toEqual({
    status: 0,
    stdout: "Usage: frugal run [options] [task]\n",
    stderr: "",
  });
});

const TRACKED = "frugal track -- sh -c 'echo hi; sleep 0.2; exit 5'";
test.each([
  ...(hasFull ? [["full", `${TRACKED} 2> /dev/full`] as const] : []),
  ["closed", `${TRACKED} 2>&-`],
  ["a pipe without a reader", `{ ${TRACKED} 2>&3; } 3> >(exec true)`],
] as const)("a stderr that is %s takes neither result nor exit code away", (_, script) => {
  expect(bash(script)).toEqual({ status: 5, stdout: "hi\n", stderr: "" });
});

test("closed standard input is empty input", () => {
  const { status, stderr } = bash("frugal run feature-extraction -m x -i - <&-");
  expect(status).toBe(2);
  expect(stderr).toContain("standard input holds no item");
});

test("in a folder that was removed, what needs none works and the rest says so", () => {
  const enter = "mkdir gone; cd gone; rmdir ../gone;";
  expect(bash(`${enter} frugal --version`).status).toBe(0);
  expect(bash(`${enter} frugal track -q -- sh -c 'exit 3'`).status).toBe(3);
  expect(bash(`${enter} frugal track --json x -- sh -c 'exit 3'`)).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("warning: cannot write x"),
  });
  expect(bash(`${enter} frugal run feature-extraction -m model -i x`)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^error: there is no current folder.*\nhint: /),
  });
});
