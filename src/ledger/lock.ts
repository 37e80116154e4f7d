/**
 * The lock of ingest and repair. Node has no file lock, and a lock file outlives a killed process; SQLite's lock on an
 * empty database is the system's own and ends with its holder. It lies outside receipts-N.db because it must also cover
 * the anchor and the change from one database to the next.
 */
import { openSqlite } from "./sqlite.ts";

/** Waits at most `waitMs`, then throws "ledger-busy". @returns the release. */
export function takeLock(path: string, waitMs: number): () => void {
  const lock = openSqlite(path, waitMs);
  try {
    // Nothing is ever written, so nothing needs a journal on disk.
    lock.all("PRAGMA journal_mode = MEMORY");
    lock.run("BEGIN EXCLUSIVE");
  } catch (thrown) {
    lock.close();
    throw thrown;
  }
  return () => {
    lock.run("ROLLBACK");
    lock.close();
  };
}
