import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeFiles } from "../src/host/node-files.ts";
import { firstAnchor, writeAnchor } from "../src/ledger/anchor.ts";
import { writePending } from "../src/ledger/pending.ts";
import { openSqlite } from "../src/ledger/sqlite.ts";
import { csvHeader } from "../src/report/receipt-csv.ts";
import { frugalHere as frugal } from "./support/in-process.ts";
import { numberedReceipt } from "./support/sample-receipt.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-log-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Two of them are tracked; more than sixteen, so that two share their first digit. */
const receipts = Array.from({ length: 17 }, (_, index) =>
  numberedReceipt(index, index % 8 === 0 ? { kind: "track", subject: { type: "command", id: "make" } } : {}),
);
const ids = receipts.map(({ id }) => id);
const home = join(scratch, "home");

async function fill(folder: string): Promise<string> {
  // Not in the order of their start.
  for (const receipt of [...receipts].reverse()) await writePending(nodeFiles, folder, receipt);
  return folder;
}
beforeAll(() => fill(home));

test("an empty ledger: log and show say so with 1, export and verify of nothing are fine, and no file appears", async () => {
  const empty = join(scratch, "empty");
  for (const args of [["log"], ["log", "show", "ab"]]) {
    const { status, stdout, stderr } = await frugal(empty, ...args);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^error: no receipts yet: [\s\S]*\nhint: .*frugal track/);
  }
  expect(await frugal(empty, "log", "--json")).toMatchObject({ status: 1, stdout: "[]\n" });
  expect(await frugal(empty, "log", "export")).toEqual({ status: 0, stdout: "[]\n", stderr: "" });
  expect(await frugal(empty, "log", "export", "--format", "csv")).toEqual({
    status: 0,
    stdout: csvHeader(),
    stderr: "",
  });
  expect((await frugal(empty, "log", "verify")).stdout).toMatch(/^ledger whole: 0 receipts, head 0{64}\n$/);
  expect(await frugal(empty, "log", "repair")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("nothing"),
  });
  expect(existsSync(empty)).toBe(false);
});

test("log lists the newest first within 80 columns, and takes limit, kind and time", async () => {
  const { status, stdout, stderr } = await frugal(home, "log", "--limit", "3");
  expect([status, stderr]).toEqual([0, "~ modelled, not measured; see frugal log show ID\n"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.slice(1).map((line) => line.slice(0, 8))).toEqual(
    ids
      .slice(-3)
      .reverse()
      .map((id) => id.slice(0, 8)),
  );
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  const idsOf = async (...args: string[]) =>
    JSON.parse((await frugal(home, "log", "--json", ...args)).stdout).map(({ id }: { id: string }) => id);
  expect(await idsOf("--kind", "track")).toEqual([ids[16], ids[8], ids[0]]);
  expect(await idsOf("--kind", "track", "--limit", "1")).toEqual([ids[16]]);
  expect(await idsOf("--since", "2026-01-01T00:15")).toEqual([ids[16], ids[15]]);
  expect(await frugal(home, "log", "--kind", "train")).toMatchObject({ status: 1, stdout: "" });
});

test.each([
  ["--since", "2026-02-30"],
  ["--since", "soon"],
  ["--limit", "0"],
  ["--kind", "walk"],
])("log %s %s is refused with 2 and a hint", async (...args) => {
  const { status, stdout, stderr } = await frugal(home, "log", ...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/error: [\s\S]*hint: /);
});

test("log show takes the first characters of an id; too few are an error that names the candidates", async () => {
  const receipt = receipts[5]!;
  expect(
    JSON.parse((await frugal(home, "log", "show", receipt.id.slice(0, 20).toUpperCase(), "--json")).stdout),
  ).toEqual(JSON.parse(JSON.stringify(receipt)));
  expect((await frugal(home, "log", "show", receipt.id)).stdout).toContain(`receipt     ${receipt.id}\n`);
  const digit = ids.map((id) => id[0]!).find((each, index, all) => all.indexOf(each) !== index)!;
  const alike = ids.filter((id) => id.startsWith(digit)).sort();
  const { status, stdout, stderr } = await frugal(home, "log", "show", digit);
  expect([status, stdout]).toEqual([2, ""]);
  for (const id of alike.slice(0, 5)) expect(stderr).toContain(id.slice(0, 12));
  for (const unknown of ["x", "0".repeat(64), `${receipt.id}0`]) {
    expect(await frugal(home, "log", "show", unknown)).toMatchObject({ status: 1, stdout: "" });
  }
});

test("export writes every receipt, oldest first, as JSON or CSV, to stdout or a file", async () => {
  const json = (await frugal(home, "log", "export")).stdout;
  expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(receipts)));
  expect(json.split("\n")).toHaveLength(receipts.length + 3);
  const file = join(scratch, "out", "receipts.csv");
  expect(await frugal(home, "log", "export", "--format", "csv", "--output", file)).toMatchObject({
    status: 0,
    stdout: "",
  });
  const [header, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(`${header}\n`).toBe(csvHeader());
  expect(rows.map((row) => row.split(",")[0])).toEqual(ids);
  expect(await frugal(home, "log", "export", "--output", "/dev/null/x")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/error: cannot write \/dev\/null\/x[\s\S]*hint: /),
  });
  expect((await frugal(home, "log", "export", "--json", "--format", "csv")).status).toBe(2);
});

test("a pending file that is no receipt is said, kept, and stops nothing", async () => {
  const folder = join(scratch, "refused");
  const pending = join(folder, "ledger/pending");
  mkdirSync(pending, { recursive: true });
  writeFileSync(join(pending, "note.json"), "{}");
  await writePending(nodeFiles, folder, receipts[0]!);
  const { status, stdout, stderr } = await frugal(folder, "log", "-q");
  expect([status, stdout.split("\n").length]).toEqual([0, 3]);
  expect(stderr).toMatch(/^warning: note.json is not in the ledger: .*\nhint: .*quarantine/);
  expect(readdirSync(join(folder, "ledger/quarantine"))).toEqual(["note.json"]);
  const verified = await frugal(folder, "log", "verify");
  expect([verified.status, verified.stderr]).toEqual([0, expect.stringContaining("1 unreadable file in")]);
});

test("a first ingest that was killed right after it made the database leaves a ledger that is whole", async () => {
  const folder = await fill(join(scratch, "unborn"));
  await writeAnchor(nodeFiles, folder, firstAnchor());
  const path = join(folder, "ledger/receipts-1.db");
  writeFileSync(path, "");
  expect((await frugal(folder, "log", "verify")).stdout).toContain("17 receipts");
});

/** What can happen to a ledger's files, what verify says of it, and how many receipts a repair can still find. */
const DAMAGES: readonly (readonly [string, (ledger: string) => void, RegExp, number])[] = [
  [
    "a receipt that was edited",
    (ledger) =>
      sql(
        ledger,
        "UPDATE receipts SET body = CAST(replace(CAST(body AS TEXT), 'tiny-model', 'huge-model') AS BLOB) WHERE seq = 4",
      ),
    /receipt 4 \([0-9a-f]{12}\): damaged: its content does not fit its id/,
    16,
  ],
  [
    "last rows deleted",
    (ledger) => sql(ledger, "DELETE FROM receipts WHERE seq > 15"),
    /the last 2 of 17 receipts are missing/,
    15,
  ],
  [
    "a row deleted",
    (ledger) => sql(ledger, "DELETE FROM receipts WHERE seq = 6"),
    /receipt 6 is missing/,
    16,
  ],
  [
    "a file that was cut",
    (ledger) => {
      const path = join(ledger, "receipts-1.db");
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.subarray(0, bytes.length - 20_000));
    },
    /damaged|malformed|missing/,
    1,
  ],
  ["a first page of noise", (ledger) => overwrite(ledger, 0, 4_096), /not a database/, 17],
  ["a root page of noise", (ledger) => overwrite(ledger, 4_096, 4_096), /cannot be read/, 17],
  [
    "a database that is gone",
    (ledger) => rmSync(join(ledger, "receipts-1.db")),
    /receipts-1.db is missing/,
    0,
  ],
  ["an anchor that is gone", (ledger) => rmSync(join(ledger, "head.json")), /head.json is missing/, 17],
  [
    "an anchor of noise",
    (ledger) => writeFileSync(join(ledger, "head.json"), "\u0000{"),
    /cannot read .*head.json/,
    17,
  ],
];

test.each(DAMAGES)(
  "%s: verify names it with 2 and a remedy that works",
  async (name, damage, words, kept) => {
    const folder = await fill(join(scratch, name.replaceAll(" ", "-")));
    expect((await frugal(folder, "log", "verify")).status).toBe(0);
    damage(join(folder, "ledger"));
    const before = await frugal(folder, "log", "verify");
    expect([before.status, before.stdout]).toEqual([2, ""]);
    expect(before.stderr).toMatch(words);
    expect(before.stderr).toMatch(/\nhint: .*frugal log repair/);
    expect(before.stderr).not.toMatch(/^ +at |internal/m);
    const repaired = await frugal(folder, "log", "repair");
    expect(repaired.status, repaired.stderr).toBe(0);
    const after = await frugal(folder, "log", "verify");
    expect(after.status, after.stderr).toBe(0);
    const found = Number(/ledger whole: (\d+) receipt/.exec(after.stdout)?.[1]);
    expect(found).toBeGreaterThanOrEqual(kept);
    expect(after.stderr).toMatch(
      new RegExp(`repaired .*: ${found} receipts? kept, (${17 - found} lost|how many were lost is unknown)`),
    );
    const exported = JSON.parse((await frugal(folder, "log", "export")).stdout);
    expect(exported).toHaveLength(found);
    expect(ids).toEqual(expect.arrayContaining(exported.map(({ id }: { id: string }) => id)));
    // What was lost can be told again by whoever has it.
    await fill(folder);
    expect((await frugal(folder, "log", "verify")).stdout).toContain("17 receipts");
  },
);

test("a head that was published stays provable as the ledger grows, and until a receipt before it is lost", async () => {
  const folder = join(scratch, "published");
  for (const receipt of receipts.slice(0, 5)) await writePending(nodeFiles, folder, receipt);
  const head = /head ([0-9a-f]{64})/.exec((await frugal(folder, "log", "verify")).stdout)![1]!;
  await fill(folder);
  expect(await frugal(folder, "log", "verify", "--head", head)).toMatchObject({ status: 0 });
  expect(await frugal(folder, "log", "verify", "--head", "0".repeat(64))).toMatchObject({
    status: 1,
    stdout: "",
  });
  expect((await frugal(folder, "log", "verify", "--head", "abc")).status).toBe(2);
  const cut = async (place: number) => {
    sql(join(folder, "ledger"), `DELETE FROM receipts WHERE seq = ${place}`);
    expect((await frugal(folder, "log", "repair")).status).toBe(0);
  };
  await cut(9);
  expect(JSON.parse((await frugal(folder, "log", "verify", "--head", head, "--json")).stdout)).toMatchObject({
    whole: true,
    head_found: true,
    length: 16,
    repairs: [{ kept: 16, lost: 1, from: { database: "receipts-1.db", length: 17 } }],
  });
});

test("log on a damaged ledger ends with 2 and the remedy, and shows no altered receipt", async () => {
  const folder = await fill(join(scratch, "altered"));
  await frugal(folder, "log", "verify");
  DAMAGES[0]![1](join(folder, "ledger"));
  for (const args of [["log"], ["log", "export"]]) {
    const { status, stdout, stderr } = await frugal(folder, ...args);
    expect(status).toBe(2);
    expect(stdout).not.toContain("huge-model");
    expect(stderr).toMatch(/error: receipt 4 of the ledger is damaged[\s\S]*hint: .*frugal log repair/);
  }
});

function sql(ledger: string, statement: string): void {
  const numbers = readdirSync(ledger).flatMap((name) => /^receipts-(\d+)\.db$/.exec(name)?.[1] ?? []);
  const database = openSqlite(join(ledger, `receipts-${Math.max(...numbers.map(Number))}.db`), 1_000);
  database.run(statement);
  database.all("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

function overwrite(ledger: string, from: number, length: number): void {
  const path = join(ledger, "receipts-1.db");
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, from, from + length));
}

test("where compares places for the energy and the time of a receipt, and says what its error does not change", async () => {
  const id = ids[3]!.slice(0, 12);
  const { started_at, energy } = receipts[3]!;
  const asked = await frugal(home, "where", "--receipt", id, "--zones", "FR,DE");
  expect(asked.status, asked.stderr).toBe(0);
  expect(asked.stdout).toMatch(/^FR .*\nDE .*\n$/);
  expect(asked.stderr).toMatch(new RegExp(`receipt ${id}: its energy lies from .*Wh to .*Wh`));
  const told = JSON.parse((await frugal(home, "where", "--receipt", id, "--zones", "FR", "--json")).stdout);
  expect(told).toMatchObject({ receipt: ids[3], energy_j: energy.total_j!.value, at: started_at });
  const later = ["where", "--receipt", id, "--zones", "FR", "--at", "2024-02-01", "--json"];
  expect(JSON.parse((await frugal(home, ...later)).stdout).places[0].year).toBe(2024);
});

test("where refuses a receipt that is not there, and one whose energy nobody could read", async () => {
  const own = join(scratch, "unread");
  const unread = numberedReceipt(99, { energy: { parts: [], status: "unavailable", shared: false } });
  await writePending(nodeFiles, own, unread);
  const none = await frugal(own, "where", "--receipt", unread.id, "--zones", "FR");
  expect([none.status, none.stdout]).toEqual([1, ""]);
  expect(none.stderr).toContain("nobody could read it");
  const missing = await frugal(own, "where", "--receipt", "zz", "--zones", "FR");
  expect([missing.status, missing.stdout]).toEqual([1, ""]);
  expect(missing.stderr).toContain("no receipt zz");
});
