import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { rowOf } from "../../test/support/memory-database.ts";
import { numberedReceipt } from "../../test/support/sample-receipt.ts";
import { GENESIS, hex, linkOf } from "./chain.ts";
import { openForReading, openForWriting } from "./database.ts";
import { takeLock } from "./lock.ts";
import { openSqlite } from "./sqlite.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-database-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;
const newPath = (): string => join(scratch, `receipts-${++count}.db`);
/** Not in the order of their start. */
const rows = [3, 1, 4, 0, 2].map((index) => rowOf(numberedReceipt(index)));

function filled(): string {
  const path = newPath();
  const database = openForWriting(path, 100);
  database.append(rows);
  database.settle();
  database.close();
  return path;
}

test("rows come back with their links, and a second time they are not added", () => {
  const database = openForWriting(newPath(), 100);
  expect(database.end()).toEqual({ length: 0, head: GENESIS });
  expect(database.append(rows.slice(0, 3))).toBe(3);
  expect(database.append(rows)).toBe(2);
  let before = GENESIS;
  for (const [index, row] of database.chain(0, 100).entries()) {
    before = linkOf(before, index + 1, rows[index]!.body);
    expect(hex(row.link)).toBe(hex(before));
    expect(row).toMatchObject({ place: index + 1, startedMs: rows[index]!.startedMs });
    expect(hex(row.body)).toBe(hex(rows[index]!.body));
  }
  expect(hex(database.end().head)).toBe(hex(before));
  expect(database.linkAt(6)).toBeUndefined();
  expect(database.flaws()).toEqual([]);
  database.close();
});

test("listings go by start, in pages without gap or repetition", () => {
  const database = openForReading(filled(), 100)!;
  for (const [order, expected] of [
    ["newest", [3, 1, 5, 2, 4]],
    ["oldest", [4, 2, 5, 1, 3]],
  ] as const) {
    const places: number[] = [];
    for (let page = database.listed(order, undefined, 2); page.length > 0; ) {
      places.push(...page.map(({ place }) => place));
      page = database.listed(order, page.at(-1), 2);
    }
    expect(places).toEqual(expected);
  }
  const { id } = rows[2]!;
  expect(database.between(id, id, 5).map((row) => hex(row.id))).toEqual([hex(id)]);
  database.close();
});

test("settled, everything lies in the file itself: the log beside it is empty", () => {
  const path = filled();
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  const alone = openSqlite(`file://${path}?immutable=1`, 100);
  expect(alone.all("SELECT CAST(count(*) AS INTEGER) n FROM receipts")).toEqual([{ n: 5 }]);
  alone.close();
});

test("a database that another program writes is busy for writers after a bounded wait, and open to readers", () => {
  const path = filled();
  const other = openSqlite(path, 100);
  other.run("BEGIN IMMEDIATE");
  const writer = openForReading(path, 50)!;
  expect(() => writer.append(rows)).toThrow(expect.objectContaining({ code: "ledger-busy" }));
  expect(writer.chain(0, 9)).toHaveLength(5);
  writer.close();
  other.run("ROLLBACK");
  other.close();
});

test("the lock is held by one at a time, and free again after the release", () => {
  const path = join(scratch, "lock.db");
  const release = takeLock(path, 50);
  expect(() => takeLock(path, 50)).toThrow(expect.objectContaining({ code: "ledger-busy" }));
  release();
  takeLock(path, 50)();
  expect(statSync(path).size).toBe(0);
});

test.each([
  ["a folder that is not there", join(scratch, "nowhere", "x.db"), "file-unwritable"],
  ["a folder in its place", scratch, "file-unwritable"],
])("%s is a clean error", (_, path, code) => {
  expect(() => openForWriting(path, 50)).toThrow(expect.objectContaining({ code }));
});

test("a file that is no database, and one with another schema, are damaged", () => {
  const other = openSqlite(newPath(), 50);
  other.run("CREATE TABLE receipts (x)");
  other.close();
  const path = join(scratch, `receipts-${count}.db`);
  expect(() => openForReading(path, 50)?.chain(0, 1)).toThrow(
    expect.objectContaining({ code: "ledger-damaged" }),
  );
  expect(() => openForReading(join(import.meta.dirname, "database.ts"), 50)).toThrow(
    expect.objectContaining({ code: "ledger-damaged" }),
  );
});

test("a file that a crash left right after its making holds no database yet", () => {
  const path = newPath();
  openSqlite(path, 50).close();
  expect(openForReading(path, 50)).toBeUndefined();
  const other = openSqlite(path, 50);
  other.all("PRAGMA journal_mode = WAL");
  other.close();
  expect(openForReading(path, 50)).toBeUndefined();
});
