/** A damaged database file, byte by byte, through the real child process: one that SQLite brings down must not bring us down. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FrugalError } from "../src/core/error.ts";
import { seededRandom } from "../src/core/random.ts";
import { nodeFiles } from "../src/host/node-files.ts";
import { nodeProcesses } from "../src/host/node-processes.ts";
import { openForWriting } from "../src/ledger/database.ts";
import { type LedgerProcess, startLedgerProcess } from "../src/ledger/ledger-process.ts";
import { writePending } from "../src/ledger/pending.ts";
import { repair } from "../src/ledger/repair.ts";
import { ledgerPlace } from "../src/ledger/serve-ledger.ts";
import type { LedgerReport } from "../src/ledger/verify.ts";
import { canonicalJson } from "../src/receipt/canonical.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import { frugal } from "./support/cli.ts";
import { rowOf } from "./support/memory-database.ts";
import { numberedReceipt } from "./support/sample-receipt.ts";

const SEED = 20_260_101;
/** Enough for a tree of two levels; each fifth with overflow pages. */
const COUNT = 40;
/** In a leaf of the tree lie the beginnings of three receipts at most. */
const MOST_LOST = 3;
const receipts = Array.from({ length: COUNT }, (_, index) =>
  numberedReceipt(index, index % 5 === 4 ? { settings: { padding: "x".repeat(9_000) } } : {}),
);
const late = numberedReceipt(COUNT);
const scratch = mkdtempSync(join(tmpdir(), "frugal-damage-"));
const home = join(scratch, "home");
const folder = join(home, "ledger");
const path = join(folder, "receipts-1.db");
let file: Buffer;
let anchor: Buffer;
let child: LedgerProcess;

beforeAll(async () => {
  for (const receipt of receipts) await writePending(nodeFiles, home, receipt);
  child = startLedgerProcess(nodeProcesses);
  expect(await verify()).toMatchObject({ length: COUNT, problems: [] });
  file = readFileSync(path);
  anchor = readFileSync(join(folder, "head.json"));
});
afterAll(async () => {
  await child.close();
  rmSync(scratch, { recursive: true });
});

const place = { home, waitMs: 1_000 };
const verify = (): Promise<LedgerReport> => child.ask("verify", place);

/**
 * The ledger as it was, but for these bytes of its database. A new file, not new bytes in the old one: a connection ends only
 * when its statements are collected as garbage, and may until then write what it knows into the file that it opened.
 */
function restore(bytes: Uint8Array): void {
  for (const name of ["receipts-1.db", "receipts-1.db-wal", "receipts-1.db-shm", "receipts-2.db", "pending"])
    rmSync(join(folder, name), { force: true, recursive: true });
  for (const name of ["receipts-2.db-wal", "receipts-2.db-shm"]) rmSync(join(folder, name), { force: true });
  writeFileSync(path, bytes);
  writeFileSync(join(folder, "head.json"), anchor);
}

/** Whatever dies is told as damage; the next question gets a new child. */
async function told<T>(question: (asked: LedgerProcess) => Promise<T>): Promise<T | FrugalError> {
  try {
    return await question(child);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FrugalError);
    expect(thrown).toMatchObject({ code: "ledger-damaged" });
    await child.close();
    child = startLedgerProcess(nodeProcesses);
    return thrown as FrugalError;
  }
}

async function stored(): Promise<readonly string[]> {
  await child.ask("open", place);
  const { rows } = await child.ask("page", { order: "oldest", limit: 1_000 });
  return rows.map(({ body }) => Buffer.from(body).toString());
}

/** In another process than the one that had the damaged file open, as open-ledger.ts does it. */
async function expectRepair(least: number): Promise<void> {
  await repair(ledgerPlace(nodeFiles, place), "2026-01-01T00:00:00.000Z");
  const { problems, length } = await verify();
  expect(problems).toEqual([]);
  expect(length).toBeGreaterThanOrEqual(least);
  expect(receipts.map(canonicalJson)).toEqual(expect.arrayContaining([...(await stored())]));
}

const flipped = (at: number, bit: number): Buffer => {
  const copy = Buffer.from(file);
  copy[at]! ^= bit;
  return copy;
};

test("a changed byte anywhere: the receipt is named, or damage with a repair that works, or nothing is different", async () => {
  const random = seededRandom(SEED);
  const seen = { named: 0, damaged: 0, harmless: 0 };
  const before = receipts.map(canonicalJson);
  // The file's header and schema, where each byte matters most, more densely than the rest.
  const places = [
    ...Array.from({ length: 20 }, () => Math.floor(random.next() * 100)),
    ...Array.from({ length: 50 }, () => Math.floor(random.next() * file.length)),
  ];
  for (const at of places) {
    const bit = 1 << Math.floor(random.next() * 8);
    restore(flipped(at, bit));
    const where = `byte ${at}, bit ${bit}`;
    const report = await told((asked) => asked.ask("verify", place));
    if (report instanceof FrugalError || report.problems.length > 0) {
      if (!(report instanceof FrugalError) && report.problems[0]?.place !== undefined) seen.named++;
      else seen.damaged++;
      await expectRepair(COUNT - MOST_LOST);
      continue;
    }
    seen.harmless++;
    expect(await stored(), where).toEqual(before);
    await writePending(nodeFiles, home, late);
    expect(await verify(), where).toMatchObject({ length: COUNT + 1, problems: [] });
  }
  for (const [kind, count] of Object.entries(seen)) expect(count, kind).toBeGreaterThan(2);
});

test("a changed byte within a receipt names that receipt and no other", async () => {
  const random = seededRandom(SEED + 1);
  // Those with overflow pages do not lie in one piece.
  const whole = receipts.flatMap((receipt) => {
    const body = Buffer.from(canonicalJson(receipt));
    const start = file.indexOf(body);
    return start < 0 ? [] : [{ id: receipt.id, start, length: body.length }];
  });
  expect(whole.length).toBeGreaterThan(20);
  for (const { id, start, length } of whole) {
    restore(flipped(start + Math.floor(random.next() * length), 1 << Math.floor(random.next() * 8)));
    const { problems } = await verify();
    expect(problems).toMatchObject([{ id, what: expect.stringMatching(/^damaged: /) }]);
  }
});

test("a file cut anywhere is damage, and what lies before the cut is kept", async () => {
  const random = seededRandom(SEED + 2);
  for (const length of [
    0,
    1,
    99,
    4_096,
    ...Array.from({ length: 8 }, () => Math.floor(random.next() * file.length)),
  ]) {
    restore(file.subarray(0, length));
    const report = await told((asked) => asked.ask("verify", place));
    if (!(report instanceof FrugalError)) expect(report.problems.length).toBeGreaterThan(0);
    await expectRepair(0);
  }
});

test("a write-ahead log that a killed ingest left may be changed anywhere: all is still there", async () => {
  const random = seededRandom(SEED + 3);
  const crashed = join(scratch, "crashed");
  restore(file);
  // Committed, not yet in the file, the pending file still there: as kill -9 leaves it between two steps.
  const database = openForWriting(path, 1_000);
  database.append([rowOf(late)]);
  await writePending(nodeFiles, home, late);
  cpSync(home, crashed, { recursive: true });
  database.close();
  const log = readFileSync(join(crashed, "ledger/receipts-1.db-wal"));
  expect(log.length).toBeGreaterThan(1_000);
  for (let round = 0; round < 20; round++) {
    restore(file);
    await writePending(nodeFiles, home, late);
    const copy = Buffer.from(log);
    copy[Math.floor(random.next() * log.length)]! ^= 1 << Math.floor(random.next() * 8);
    writeFileSync(`${path}-wal`, copy);
    expect(await verify()).toMatchObject({ length: COUNT + 1, problems: [] });
    expect(existsSync(join(folder, "pending", `${late.id}.json`))).toBe(false);
  }
});

test("an older copy of the database in its place is noticed", async () => {
  const older = join(scratch, "older");
  const open = openForWriting(older, 1_000);
  open.append(receipts.slice(0, 30).map(rowOf));
  open.settle();
  open.close();
  restore(readFileSync(older));
  expect((await verify()).problems.map(({ what }) => what).join()).toMatch(/missing|link/);
});

test("the command itself: no stack trace, exit 2, and the remedy that it names works", async () => {
  const body = Buffer.from(canonicalJson(receipts[0] as Receipt));
  restore(flipped(file.indexOf(body) + 50, 1));
  for (const args of [
    ["log", "verify"],
    ["log", "export"],
  ]) {
    const { status, stderr } = frugal(home, ...args);
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(/^error: [\s\S]*receipt \d+[\s\S]*\nhint: .*frugal log repair/);
    expect(stderr).not.toMatch(/^\s+at |internal/m);
  }
  expect(frugal(home, "log", "repair")).toMatchObject({ status: 0 });
  expect(frugal(home, "log", "verify").stdout).toContain(`ledger whole: ${COUNT - 1} receipts`);
});
