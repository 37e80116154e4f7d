import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Receipt } from "../src/receipt/receipt.ts";
import { isSealed } from "../src/receipt/seal.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-track-"));
afterAll(() => rmSync(scratch, { recursive: true }));

let homes = 0;
function track(args: readonly string[], options: { input?: string; home?: string } = {}) {
  const home = options.home ?? join(scratch, `home-${homes++}`);
  const env = { ...process.env, FRUGAL_HOME: home };
  const done = spawnSync(process.execPath, [COMMAND, "track", ...args], {
    encoding: "utf8",
    env,
    cwd: scratch,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { ...done, receipts: () => receiptsIn(home) };
}

const receiptsIn = (home: string): Receipt[] =>
  readdirSync(join(home, "ledger/pending")).map((name) =>
    JSON.parse(readFileSync(join(home, "ledger/pending", name), "utf8")),
  );

test("the exit code passes through and lies in the receipt", () => {
  const { status, receipts } = track(["--", "sh", "-c", "exit 7"]);
  expect(status).toBe(7);
  expect(receipts()).toMatchObject([{ kind: "track", outcome: { status: "failed", exit_code: 7 } }]);
});

test("stdin, stdout and stderr pass through untouched; what frugal says follows on stderr", () => {
  const { stdout, stderr } = track(["--", "sh", "-c", "cat; printf oops >&2"], { input: "a\u0000b\n" });
  expect(stdout).toBe("a\u0000b\n");
  expect(stderr).toMatch(/^oops.*energy .* modelled|^oops.*energy .* measured/);
});

test("options after the command belong to the command", () => {
  expect(track(["--", "sh", "-c", 'printf "%s" "$*"', "x", "--json", "-q", "--zone", "ZZ"]).stdout).toBe(
    "--json -q --zone ZZ",
  );
});

test("--json FILE writes the sealed receipt there and nothing to stderr", () => {
  const { status, stderr } = track(["--json", "receipt.json", "--zone", "FR", "--", "true"]);
  expect([status, stderr]).toEqual([0, ""]);
  const receipt = JSON.parse(readFileSync(join(scratch, "receipt.json"), "utf8")) as Receipt;
  expect(isSealed(receipt)).toBe(true);
  expect(receipt).toMatchObject({
    subject: { type: "command", id: "true" },
    carbon: { zone: "FR", zone_from: "flag" },
  });
});

test("a child that a signal ended gives 128 + its number", () => {
  const { status, receipts } = track(["--", "sh", "-c", "kill -KILL $$"]);
  expect(status).toBe(137);
  expect(receipts()).toMatchObject([{ outcome: { signal: "SIGKILL", exit_code: 137 } }]);
});

test.each(["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"] as const)("%s reaches the command", async (signal) => {
  const trap = `trap 'echo got; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
  const env = { ...process.env, FRUGAL_HOME: join(scratch, signal) };
  const child = spawn(process.execPath, [COMMAND, "track", "-q", "--", "sh", "-c", trap], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
    if (out === "ready\n") child.kill(signal);
  });
  const status = await new Promise((resolve) => child.once("exit", resolve));
  expect([out, status]).toEqual(["ready\ngot\n", 5]);
});

test.each([
  [["--", "no-such-command-anywhere"], 127, "no such command"],
  [["--", scratch], 126, "not executable"],
  [["--zone", "XX-NOWHERE", "--", "true"], 2, "XX-NOWHERE"],
  [[], 2, "command"],
])("%j ends with %i and says %s", (args, code, words) => {
  const { status, stdout, stderr } = track(args);
  expect([status, stdout]).toEqual([code, ""]);
  expect(stderr).toContain(words);
  expect(stderr).toContain("hint:");
});

test("a ledger folder that cannot be written takes nothing from the command, and is said even with -q", () => {
  const { status, stdout, stderr } = track(["-q", "--", "sh", "-c", "echo hi; exit 3"], {
    home: "/dev/null/x",
  });
  expect([status, stdout]).toEqual([3, "hi\n"]);
  expect(stderr).toContain("warning: the receipt was not stored");
});

test("fifty trackers at once leave fifty valid receipts", async () => {
  const home = join(scratch, "fifty");
  const env = { ...process.env, FRUGAL_HOME: home };
  const codes = await Promise.all(
    Array.from(
      { length: 50 },
      (_, index) =>
        new Promise((resolve) => {
          const args = [COMMAND, "track", "-q", "--name", `job-${index}`, "--", "true"];
          spawn(process.execPath, args, { env, stdio: "ignore" }).once("exit", resolve);
        }),
    ),
  );
  expect(codes).toEqual(Array(50).fill(0));
  const receipts = receiptsIn(home);
  expect(new Set(receipts.map((receipt) => receipt.subject.id)).size).toBe(50);
  expect(receipts.every(isSealed)).toBe(true);
});
