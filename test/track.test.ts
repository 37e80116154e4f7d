import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
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

test("fifty million bytes pass through unchanged in both directions", () => {
  // Incompressible and of no power-of-two size, so that a lost, doubled or re-encoded buffer shows.
  const bytes = randomBytes(50_000_017);
  const env = { ...process.env, FRUGAL_HOME: join(scratch, "large") };
  const { status, stdout } = spawnSync(process.execPath, [COMMAND, "track", "-q", "--", "cat"], {
    env,
    input: bytes,
    maxBuffer: 60_000_000,
  });
  const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");
  expect([status, stdout.length, digest(stdout)]).toEqual([0, bytes.length, digest(bytes)]);
});

test.runIf(process.platform === "linux")("a signal leaves the command's stdin blocking", async () => {
  // The pipe is shared, so frugal could change it. O_NONBLOCK is 04000 (open(2)); fdinfo shows the flags in octal.
  const trap = `trap 'grep flags /proc/$$/fdinfo/0; exit 6' INT; echo ready; while :; do sleep 0.05; done`;
  const { out, status } = await signalled("SIGINT", trap);
  expect(status).toBe(6);
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(out)![1]!, 8);
  expect(flags & 0o4000).toBe(0);
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

/** Runs a script that prints "ready", sends the signal to frugal then, and waits for the end. */
async function signalled(signal: NodeJS.Signals, script: string) {
  const env = { ...process.env, FRUGAL_HOME: join(scratch, `home-${homes++}`) };
  const child = spawn(process.execPath, [COMMAND, "track", "-q", "--", "bash", "-c", script], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (text) => {
    out += text;
    if (out === "ready\n") child.kill(signal);
  });
  const status = await new Promise((resolve) => child.once("exit", resolve));
  return { out, status };
}

test.each(["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"] as const)("%s reaches the command", async (signal) => {
  const trap = `trap 'echo got; exit 5' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
  expect(await signalled(signal, trap)).toEqual({ out: "ready\ngot\n", status: 5 });
});

test.each([
  [["--", "no-such-command-anywhere"], 127, "no such command"],
  [["--", scratch], 126, "not executable"],
  [["--", COMMAND.replace("frugal.js", "frugal.js/x")], 126, "ENOTDIR"],
  [["--", ""], 127, "an empty name"],
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

test("fifty trackers at once, and readers among them, leave fifty valid receipts in the ledger", async () => {
  const home = join(scratch, "fifty");
  const env = { ...process.env, FRUGAL_HOME: home };
  const start = (args: readonly string[]) =>
    new Promise((resolve) => {
      spawn(process.execPath, [COMMAND, ...args], { env, stdio: "ignore" }).once("exit", resolve);
    });
  const codes = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const code = await start(["track", "-q", "--name", `job-${index}`, "--", "true"]);
      if (index % 20 === 10) expect(await start(["log", "verify"])).toBe(0);
      return code;
    }),
  );
  expect(codes).toEqual(Array(50).fill(0));
  const { status, stdout } = spawnSync(process.execPath, [COMMAND, "log", "export"], {
    encoding: "utf8",
    env,
  });
  expect(status).toBe(0);
  const receipts = JSON.parse(stdout) as Receipt[];
  expect(receipts).toHaveLength(50);
  expect(new Set(receipts.map((receipt) => receipt.subject.id)).size).toBe(50);
  expect(receipts.every(isSealed)).toBe(true);
  expect(await start(["log", "verify"])).toBe(0);
});
