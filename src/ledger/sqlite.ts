/**
 * The few calls of libsql 0.5 that the ledger makes, kept away from its traps: values are bound in one array (a lone buffer
 * is taken for named parameters and ends the process), numbers as bigint (else they become REAL), and every column is
 * cast in SQL to BLOB or INTEGER, because text that is not UTF-8 ends the process too. Loaded only in a child process.
 */
import Database from "libsql";
import { type ErrorCode, FrugalError, messageOf } from "../core/error.ts";
import { damaged } from "./failures.ts";

export type SqlValue = bigint | Uint8Array;
/** What a column cast to BLOB or INTEGER comes back as. */
export type SqlRow = Readonly<Record<string, ArrayBuffer | number | null>>;

export interface Sqlite {
  run(sql: string, values?: readonly SqlValue[]): void;
  all(sql: string, values?: readonly SqlValue[]): readonly SqlRow[];
  close(): void;
}

/** @param path a file, which is made when absent, or a `file:` URI. Every failure is a FrugalError. */
export function openSqlite(path: string, waitMs: number): Sqlite {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      throw asFrugalError(path, thrown);
    }
  };
  return guarded(() => {
    const database = new Database(path);
    database.prepare(`PRAGMA busy_timeout = ${Math.round(waitMs)}`).all([]);
    return {
      run: (sql, values) =>
        guarded(() => {
          if (values === undefined) database.exec(sql);
          else database.prepare(sql).run([...values]);
        }),
      all: (sql, values = []) => guarded(() => database.prepare(sql).all([...values]) as SqlRow[]),
      close: () => void database.close(),
    };
  });
}

/** Primary result codes (https://www.sqlite.org/rescode.html). Any other can only come from a damaged file: our SQL is fixed. */
const UNWRITABLE = [
  "file-unwritable",
  "correct the permissions of the file and its folder, or set FRUGAL_HOME to another folder",
] as const;
const BUSY = [
  "ledger-busy",
  "wait until the other program is done; lsof shows who has the file open",
] as const;
const MEANING: Readonly<Record<number, readonly [code: ErrorCode, remedy: string]>> = {
  3: UNWRITABLE, // PERM
  5: BUSY,
  6: BUSY, // LOCKED
  7: ["out-of-memory", "close other programs and run it again"], // NOMEM
  8: UNWRITABLE, // READONLY
  10: ["file-unreadable", "check the disk and its file system, then run it again"], // IOERR
  13: ["disk-full", "free space, then run it again: receipts wait in ledger/pending and are not lost"], // FULL
  14: UNWRITABLE, // CANTOPEN
};

function asFrugalError(path: string, thrown: unknown): unknown {
  if (thrown instanceof FrugalError) return thrown;
  const message = messageOf(thrown);
  const found = MEANING[primaryCode(thrown, message)];
  if (found === undefined) return damaged(`cannot use ${path}`, message, thrown);
  const [code, remedy] = found;
  return new FrugalError({ code, what: `cannot use ${path}`, why: message, remedy, cause: thrown });
}

/** The low byte of an extended code; libsql names only some of those. A failed open has it at the end of its text. */
function primaryCode(thrown: unknown, message: string): number {
  const raw = (thrown as { readonly rawCode?: unknown }).rawCode;
  const code = typeof raw === "number" ? raw : Number(/ConnectionFailed\(.*: (\d+)"/.exec(message)?.[1] ?? 0);
  return code & 0xff;
}
