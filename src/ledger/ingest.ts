/**
 * Moves pending receipts into the database. Order: rows are committed and in the database file, then the anchor covers
 * them, then the pending files go. So at any moment each receipt lies in pending/ or below the anchor, whatever is
 * killed; ids make a second round harmless.
 */
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { type Anchor, anchorOf, firstAnchor, writeAnchor } from "./anchor.ts";
import { fromHex, hex, linkOf, same } from "./chain.ts";
import type { NewRow, ReceiptDatabase } from "./database.ts";
import { damaged, type Failure, failureOf, unwritable } from "./failures.ts";
import { findAnchor, type LedgerPlace } from "./find-ledger.ts";
import { pendingNames, type Refused, readBatch } from "./intake.ts";
import { ledgerFolder, lockPath, pendingFolder } from "./ledger-folder.ts";

export interface Intake {
  readonly added: number;
  /** Pending files that are no receipts; they lie in quarantine/, or still in pending/ if they cannot be read. */
  readonly refused: readonly Refused[];
  /** Receipts that stay in pending/ for now, and what prevents their move. */
  readonly waiting?: { readonly count: number; readonly why: Failure };
}

interface Progress {
  added: number;
  refused: Refused[];
  /** Names that need no second look. */
  done: number;
}

/** Receipts in one transaction: bounds memory, and what is repeated after a crash. */
const BATCH = 500;

/** Throws "ledger-damaged" before anything is added to a chain that has lost its end; other hindrances only delay. */
export async function ingest(place: LedgerPlace): Promise<Intake> {
  const names = await pendingNames(place.files, place.home);
  if (names.length === 0) return { added: 0, refused: [] };
  const progress: Progress = { added: 0, refused: [], done: 0 };
  let waiting: Pick<Intake, "waiting"> = {};
  try {
    await locked(place, () => moveAll(place, names, progress));
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code === "ledger-damaged") throw thrown;
    waiting = { waiting: { count: names.length - progress.done, why: failureOf(thrown) } };
  }
  return { added: progress.added, refused: progress.refused, ...waiting };
}

/** One program at a time: ingest and repair. */
export async function locked<T>(place: LedgerPlace, work: () => Promise<T>): Promise<T> {
  const folder = ledgerFolder(place.home);
  try {
    await place.files.makeFolder(folder);
  } catch (thrown) {
    throw unwritable(`cannot write in ${folder}`, thrown);
  }
  const release = place.takeLock(lockPath(place.home));
  try {
    return await work();
  } finally {
    release();
  }
}

async function moveAll(place: LedgerPlace, names: readonly string[], progress: Progress): Promise<void> {
  const { files, home } = place;
  let anchor = await anchorToUse(place);
  const database = place.openForWriting(`${ledgerFolder(home)}/${anchor.database}`);
  try {
    checkEnd(database, anchor);
    for (let from = 0; from < names.length; from += BATCH) {
      const batch = names.slice(from, from + BATCH);
      const { rows, refused } = await readBatch(files, home, batch);
      progress.added += database.append(rows);
      progress.refused.push(...refused);
      // A reader's snapshot can hold the log back: then the anchor, and the pending files, wait for the next ingest.
      if (database.settle()) {
        anchor = anchorOf(anchor.database, database.end(), anchor.repairs);
        await writeAnchor(files, home, anchor);
        await removePending(files, home, rows);
      }
      progress.done += batch.length;
    }
  } finally {
    database.close();
  }
}

/** For a new ledger the anchor is written before the database exists, so that later one without the other means damage. */
async function anchorToUse(place: LedgerPlace): Promise<Anchor> {
  const found = await findAnchor(place);
  if (found !== undefined) return found;
  const first = firstAnchor();
  await writeAnchor(place.files, place.home, first);
  return first;
}

/** The chain must hold the anchor, and go on from there without a break. */
export function checkEnd(database: ReceiptDatabase, anchor: Anchor): void {
  const link = database.linkAt(anchor.length);
  if (link === undefined) {
    const { length } = database.end();
    throw damaged(
      `${anchor.database} has lost its end`,
      `it should hold ${anchor.length} receipts and holds ${length}`,
    );
  }
  if (!same(link, fromHex(anchor.head))) {
    throw damaged(
      `${anchor.database} does not fit head.json`,
      `the link of receipt ${anchor.length} is not the one written there`,
    );
  }
  let last = link;
  for (const row of database.chain(anchor.length, Number.MAX_SAFE_INTEGER)) {
    if (!same(row.link, linkOf(last, row.place, row.body))) {
      throw damaged(`${anchor.database} is broken at receipt ${row.place}`, "its link does not fit");
    }
    last = row.link;
  }
}

async function removePending(files: Files, home: string, rows: readonly NewRow[]): Promise<void> {
  const folder = pendingFolder(home);
  for (const { id } of rows) {
    try {
      await files.remove(`${folder}/${hex(id)}.json`);
    } catch (thrown) {
      throw unwritable(`cannot remove a file that is in the ledger from ${folder}`, thrown);
    }
  }
}
