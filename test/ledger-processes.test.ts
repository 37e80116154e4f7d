/** Many real processes on one ledger: killed, locked out, or without permission to write. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { seededRandom } from "../src/core/random.ts";
import { nodeFiles } from "../src/host/node-files.ts";
import { nodeProcesses } from "../src/host/node-processes.ts";
import { startLedgerProcess } from "../src/ledger/ledger-process.ts";
import { takeLock } from "../src/ledger/lock.ts";
import { writePending } from "../src/ledger/pending.ts";
import { openSqlite } from "../src/ledger/sqlite.ts";
import { append, openLedger, read, repair, verify } from "../src/public/ledger.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import { frugal } from "./support/cli.ts";
import { numberedReceipt } from "./support/sample-receipt.ts";

const DIST = join(import.meta.dirname, "..", "dist");
const scratch = mkdtempSync(join(tmpdir(), "frugal-processes-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Appends until it is killed; prints each id once the append has returned. */
const WRITER = `
  import { writeSync } from "node:fs";
  const { append, sealReceipt } = await import(process.argv[1]);
  const { id, ...body } = JSON.parse(process.argv[2]);
  for (let count = 0; ; count++) {
    const receipt = sealReceipt({ ...body, seeds: { process: process.pid, count } });
    await append(receipt);
    writeSync(1, receipt.id + "\\n");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }`;

interface Running {
  readonly child: ChildProcess;
  /** It has stored or taken in something. */
  readonly started: Promise<void>;
  readonly closed: Promise<void>;
  readonly again: () => Running;
}

const running = (child: ChildProcess, started: Promise<void>, again: () => Running): Running => ({
  child,
  started,
  closed: new Promise((resolve) => child.once("close", () => resolve())),
  again,
});

function startWriter(home: string, told: string[]): Running {
  const receipt = JSON.stringify(numberedReceipt(0));
  const args = ["--input-type=module", "-e", WRITER, join(DIST, "public/ledger.js"), receipt];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, FRUGAL_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let rest = "";
  const started = new Promise<void>((resolve) => {
    child.stdout.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      told.push(...lines);
      resolve();
    });
  });
  return running(child, started, () => startWriter(home, told));
}

/** A ledger child that ingests again and again. */
function startIngester(home: string): Running {
  const child = fork(join(DIST, "bin/ledger-child.js"), [], { serialization: "advanced", execArgv: [] });
  const open = (): void => void child.send({ kind: "open", asks: { home, waitMs: 5_000 } }, () => {});
  const started = new Promise<void>((resolve) => {
    child.on("message", () => {
      resolve();
      open();
    });
  });
  open();
  return running(child, started, () => startIngester(home));
}

test("writers and ingesters killed at random moments: every receipt that was told as stored is there, once, and the chain is whole", async () => {
  const random = seededRandom(7);
  const home = join(scratch, "killed");
  const told: string[] = [];
  let killed = 0;
  let alive = [startWriter(home, told), startWriter(home, told), startIngester(home), startIngester(home)];
  const kill = async (victims: readonly Running[]): Promise<void> => {
    for (const { child } of victims) child.kill("SIGKILL");
    killed += victims.length;
    await Promise.all(victims.map(({ closed }) => closed));
  };
  const checker = startLedgerProcess(nodeProcesses);
  for (let round = 0; round < 12; round++) {
    await Promise.all(alive.map(({ started }) => started));
    await new Promise((resolve) => setTimeout(resolve, random.next() * 200));
    const victims = alive.filter(() => random.next() < 0.6);
    await kill(victims);
    const { problems } = await checker.ask("verify", { home, waitMs: 5_000 });
    expect(problems, `round ${round}`).toEqual([]);
    alive = alive.map((each) => (victims.includes(each) ? each.again() : each));
  }
  await kill(alive);
  await checker.close();
  expect(killed).toBeGreaterThan(20);
  expect(told.length).toBeGreaterThan(50);
  expect(new Set(told).size).toBe(told.length);
  expect(frugal(home, "log", "verify").status).toBe(0);
  const stored = (JSON.parse(frugal(home, "log", "export").stdout) as Receipt[]).map(({ id }) => id);
  expect(new Set(stored).size).toBe(stored.length);
  expect(told.filter((id) => !stored.includes(id))).toEqual([]);
  // A writer may be killed between storing and telling.
  expect(stored.length - told.length).toBeLessThanOrEqual(killed);
  expect(readdirSync(join(home, "ledger/pending")).filter((name) => name.endsWith(".json"))).toEqual([]);
});

test("while another program holds the lock, receipts wait and what is stored can be read", async () => {
  const home = join(scratch, "locked");
  await writePending(nodeFiles, home, numberedReceipt(0));
  expect(frugal(home, "log").status).toBe(0);
  await writePending(nodeFiles, home, numberedReceipt(1));
  const release = takeLock(join(home, "ledger/lock.db"), 1_000);
  const ledger = startLedgerProcess(nodeProcesses);
  const opened = await ledger.ask("open", { home, waitMs: 50 });
  expect(opened).toMatchObject({
    length: 1,
    intake: { added: 0, waiting: { count: 1, why: { code: "ledger-busy" } } },
  });
  release();
  expect(await ledger.ask("open", { home, waitMs: 50 })).toMatchObject({ length: 2, intake: { added: 1 } });

  await ledger.close();

  const other = openSqlite(join(home, "ledger/receipts-1.db"), 1_000);
  other.all("PRAGMA locking_mode = EXCLUSIVE");
  other.run("BEGIN EXCLUSIVE");
  const late = startLedgerProcess(nodeProcesses);
  for (const kind of ["verify", "open"] as const) {
    await expect(late.ask(kind, { home, waitMs: 50 })).rejects.toMatchObject({
      code: "ledger-busy",
      remedy: expect.stringMatching(/./),
    });
  }
  await late.close();
  other.run("ROLLBACK");
  other.close();
});

test("a program appends, reads, finds, verifies and repairs through frugal/ledger", async () => {
  const home = join(scratch, "library");
  const receipts = [0, 1, 2].map((index) => numberedReceipt(index));
  for (const receipt of receipts) await append(receipt, { home });
  await expect(append({ ...receipts[0]!, duration_s: 1 }, { home })).rejects.toMatchObject({
    code: "bad-data",
  });
  const found: string[] = [];
  for await (const { id } of read({ order: "oldest", limit: 2 }, { home })) found.push(id);
  expect(found).toEqual(receipts.slice(0, 2).map(({ id }) => id));
  for await (const { id } of read({}, { home })) {
    expect(id).toBe(receipts[2]!.id);
    // Leaving early must end the child, or the program would never end.
    break;
  }
  const ledger = await openLedger({ home });
  const both = await Promise.all(receipts.slice(0, 2).map(({ id }) => ledger.find(id.slice(0, 16))));
  expect(both.map((found) => found.map(({ id }) => id))).toEqual([[receipts[0]!.id], [receipts[1]!.id]]);
  await ledger.close();
  expect(await verify({ home })).toMatchObject({ length: 3, problems: [] });
  expect(await repair({ home })).toEqual({ kind: "whole", length: 3 });
});

// Root may write everywhere, so there is no read-only folder to test with.
test.skipIf(process.getuid?.() === 0)(
  "a read-only home: what is stored is read, what is pending is said to wait",
  async () => {
    const home = join(scratch, "read-only");
    await writePending(nodeFiles, home, numberedReceipt(0));
    expect(frugal(home, "log").status).toBe(0);
    await writePending(nodeFiles, home, numberedReceipt(1));
    const folders = [join(home, "ledger"), join(home, "ledger/pending")];
    for (const name of readdirSync(folders[0]!))
      if (/-(wal|shm)$/.test(name)) rmSync(join(folders[0]!, name));
    for (const folder of folders) chmodSync(folder, 0o555);
    try {
      const { status, stdout, stderr } = frugal(home, "log");
      expect([status, stdout.trimEnd().split("\n").length]).toEqual([0, 2]);
      expect(stderr).toMatch(/^warning: 1 receipt not added yet: [\s\S]*\nhint: /);
      expect(frugal(home, "log", "verify").status).toBe(0);
    } finally {
      for (const folder of folders) chmodSync(folder, 0o755);
    }
  },
);
