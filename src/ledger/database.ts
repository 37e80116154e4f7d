/**
 * One database of receipts: rows that are only ever added, each linked to the one before. A process that has one open must
 * not read the file by any other way: closing a second descriptor drops SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
import { pathToFileURL } from "node:url";
import { FrugalError } from "../core/error.ts";
import { GENESIS, linkOf } from "./chain.ts";
import { openSqlite, type Sqlite, type SqlRow } from "./sqlite.ts";

export interface ReceiptRow {
  /** 1, 2, 3 … without gaps. */
  readonly place: number;
  readonly id: Uint8Array;
  readonly link: Uint8Array;
  readonly startedMs: number;
  /** Canonical JSON of the sealed receipt. */
  readonly body: Uint8Array;
}

export type NewRow = Pick<ReceiptRow, "id" | "startedMs" | "body">;

/** Where a page of a listing ended. */
export type Cursor = Pick<ReceiptRow, "startedMs" | "place">;

export interface ReceiptDatabase {
  /** Length of the chain and its last link. */
  end(): { readonly length: number; readonly head: Uint8Array };
  linkAt(place: number): Uint8Array | undefined;
  /** Adds those whose id is not there yet, in one transaction that is on disk when it returns. @returns how many. */
  append(rows: readonly NewRow[]): number;
  /** Moves everything from the write-ahead log into the database file; false while a reader prevents it. */
  settle(): boolean;
  /** By place, after `after`. */
  chain(after: number, limit: number): readonly ReceiptRow[];
  /** By time of start, after `after`. */
  listed(order: "newest" | "oldest", after: Cursor | undefined, limit: number): readonly ReceiptRow[];
  /** With ids from `low` to `high`. */
  between(low: Uint8Array, high: Uint8Array, limit: number): readonly ReceiptRow[];
  /** What is wrong with the file's pages; empty when nothing. */
  flaws(): readonly string[];
  close(): void;
}

/**
 * Pages have the size that salvage.ts expects. STRICT keeps a value's type. The index is for listings by time: a run that
 * started earlier may end, and be added, later.
 */
export const PAGE_SIZE = 4_096;
const SCHEMA = [
  "CREATE TABLE IF NOT EXISTS receipts (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, link BLOB NOT NULL, started_ms INTEGER NOT NULL, body BLOB NOT NULL) STRICT",
  "CREATE INDEX IF NOT EXISTS receipts_by_start ON receipts (started_ms)",
];
/** Other names than the columns', so that ORDER BY means the column and its index. */
const COLUMNS =
  "CAST(seq AS INTEGER) place, CAST(id AS BLOB) its_id, CAST(link AS BLOB) its_link, CAST(started_ms AS INTEGER) its_start, CAST(body AS BLOB) its_body";

/**
 * Above 2, SQLite reads a file and never writes it again, and its own check says nothing
 * (https://www.sqlite.org/fileformat2.html, section 1.3.3).
 */
const WRITE_VERSION_AT = 18;
const HIGHEST_WRITE_VERSION = 2;

/**
 * Durability: FULL flushes the write-ahead log at every commit (SQLite's NORMAL may lose the last commits with the power);
 * fullfsync asks macOS for the flush that other systems do anyway.
 */
export function openForWriting(path: string, waitMs: number): ReceiptDatabase {
  const sqlite = openSqlite(path, waitMs);
  try {
    sqlite.all(`PRAGMA page_size = ${PAGE_SIZE}`);
    sqlite.all("PRAGMA journal_mode = WAL");
    for (const setting of ["synchronous = FULL", "fullfsync = 1", "checkpoint_fullfsync = 1"])
      sqlite.all(`PRAGMA ${setting}`);
    for (const statement of SCHEMA) sqlite.run(statement);
  } catch (thrown) {
    sqlite.close();
    throw thrown;
  }
  return receiptDatabase(sqlite);
}

/**
 * Of a file that exists; undefined when it holds nothing yet, as a crash right after its making leaves it. In a folder
 * where nothing may be written it is read as it lies there.
 */
export function openForReading(path: string, waitMs: number): ReceiptDatabase | undefined {
  const open = (name: string): ReceiptDatabase | undefined => {
    const sqlite = openSqlite(name, waitMs);
    try {
      if (sqlite.all("SELECT 1 FROM sqlite_schema LIMIT 1").length > 0) return receiptDatabase(sqlite);
    } catch (thrown) {
      sqlite.close();
      throw thrown;
    }
    sqlite.close();
    return undefined;
  };
  try {
    return open(path);
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code !== "file-unwritable") throw thrown;
    // Reading in WAL mode wants to make files beside the database; immutable=1 does without (https://www.sqlite.org/uri.html).
    return open(`${pathToFileURL(path).href}?immutable=1`);
  }
}

function receiptDatabase(sqlite: Sqlite): ReceiptDatabase {
  const rows = (clauses: string, values: readonly (bigint | Uint8Array)[]): readonly ReceiptRow[] =>
    sqlite.all(`SELECT ${COLUMNS} FROM receipts ${clauses}`, values).map(rowOf);
  const end: ReceiptDatabase["end"] = () => {
    const [last] = rows("ORDER BY seq DESC LIMIT 1", []);
    return { length: last?.place ?? 0, head: last?.link ?? GENESIS };
  };
  return {
    end,
    linkAt: (place) => (place === 0 ? GENESIS : rows("WHERE seq = ?", [BigInt(place)])[0]?.link),
    append(added) {
      sqlite.run("BEGIN IMMEDIATE");
      try {
        let { length, head } = end();
        const before = length;
        for (const { id, startedMs, body } of added) {
          if (sqlite.all("SELECT 1 FROM receipts WHERE id = ?", [id]).length > 0) continue;
          head = linkOf(head, ++length, body);
          sqlite.run("INSERT INTO receipts (seq, id, link, started_ms, body) VALUES (?, ?, ?, ?, ?)", [
            BigInt(length),
            id,
            head,
            BigInt(startedMs),
            body,
          ]);
        }
        sqlite.run("COMMIT");
        return length - before;
      } catch (thrown) {
        rollBack(sqlite);
        throw thrown;
      }
    },
    settle() {
      const [result] = sqlite.all("PRAGMA wal_checkpoint(TRUNCATE)");
      return result?.["busy"] === 0;
    },
    chain: (after, limit) => rows("WHERE seq > ? ORDER BY seq LIMIT ?", [BigInt(after), BigInt(limit)]),
    listed(order, after, limit) {
      const [sign, way] = order === "newest" ? ["<", "DESC"] : [">", "ASC"];
      const from = after === undefined ? "" : `WHERE (started_ms, seq) ${sign} (?, ?)`;
      const values = after === undefined ? [] : [BigInt(after.startedMs), BigInt(after.place)];
      return rows(`${from} ORDER BY started_ms ${way}, seq ${way} LIMIT ?`, [...values, BigInt(limit)]);
    },
    between: (low, high, limit) =>
      rows("WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", [low, high, BigInt(limit)]),
    flaws() {
      const found = sqlite.all("SELECT CAST(integrity_check AS BLOB) flaw FROM pragma_integrity_check(5)");
      const flaws = found
        .map(({ flaw }) => Buffer.from(bytesOf(flaw)).toString())
        .filter((flaw) => flaw !== "ok");
      const [header] = sqlite.all("SELECT CAST(data AS BLOB) page FROM sqlite_dbpage WHERE pgno = 1");
      const version = bytesOf(header?.["page"])[WRITE_VERSION_AT] ?? 0;
      return version > HIGHEST_WRITE_VERSION ? [...flaws, `its write version is ${version}`] : flaws;
    },
    close: () => sqlite.close(),
  };
}

/** The first failure is the one to tell; SQLite has often rolled back by itself, and then this one fails. */
function rollBack(sqlite: Sqlite): void {
  try {
    sqlite.run("ROLLBACK");
  } catch {}
}

const rowOf = (row: SqlRow): ReceiptRow => ({
  place: numberOf(row["place"]),
  id: bytesOf(row["its_id"]),
  link: bytesOf(row["its_link"]),
  startedMs: numberOf(row["its_start"]),
  body: bytesOf(row["its_body"]),
});

/** A damaged record may hold another type than the column's: then it is as good as empty. */
const bytesOf = (value: SqlRow[string] | undefined): Uint8Array =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array();
const numberOf = (value: SqlRow[string] | undefined): number =>
  typeof value === "number" ? value : Number.NaN;
