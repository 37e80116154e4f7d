/** Where the ledger is and goes on: the anchor with its database. One without the other is damage, or a crash at the very start. */
import type { Files } from "../core/ports.ts";
import { type Anchor, readAnchor } from "./anchor.ts";
import type { ReceiptDatabase } from "./database.ts";
import { damaged, isNothingThere, unreadable } from "./failures.ts";
import { databaseNumber, ledgerFolder } from "./ledger-folder.ts";

/** The ledger's files and its native parts, which tests replace. */
export interface LedgerPlace {
  readonly files: Files;
  readonly home: string;
  readonly openForWriting: (path: string) => ReceiptDatabase;
  /** undefined where the file holds no database yet. */
  readonly openForReading: (path: string) => ReceiptDatabase | undefined;
  readonly takeLock: (path: string) => () => void;
}

/** undefined where there is no ledger yet. Throws "ledger-damaged" where anchor or database is missing. */
export async function findAnchor({ files, home }: LedgerPlace): Promise<Anchor | undefined> {
  const folder = ledgerFolder(home);
  const anchor = await readAnchor(files, home);
  const names = await databaseNames(files, home);
  if (anchor === undefined && names.length > 0) {
    throw damaged(
      `head.json is missing in ${folder}`,
      "there are receipts, but nothing tells where they end",
    );
  }
  if (anchor !== undefined && anchor.length > 0 && !names.includes(anchor.database)) {
    throw damaged(
      `${anchor.database} is missing in ${folder}`,
      `head.json tells of ${anchor.length} receipts in it`,
    );
  }
  return anchor;
}

export interface Current {
  readonly anchor: Anchor;
  readonly database: ReceiptDatabase;
}

/** For reading; undefined where nothing was added yet. Whoever opens it closes it. */
export async function openCurrent(place: LedgerPlace): Promise<Current | undefined> {
  const { files, home } = place;
  const anchor = await findAnchor(place);
  // The anchor of a new ledger is written before its database.
  if (anchor === undefined || !(await databaseNames(files, home)).includes(anchor.database)) return undefined;
  const path = `${ledgerFolder(home)}/${anchor.database}`;
  const database = place.openForReading(path);
  if (database !== undefined) return { anchor, database };
  if (anchor.length === 0) return undefined;
  throw damaged(`${path} is empty`, `head.json tells of ${anchor.length} receipts in it`);
}

/** Names of all databases, oldest first. */
export async function databaseNames(files: Files, home: string): Promise<readonly string[]> {
  try {
    const names = await files.list(ledgerFolder(home));
    return names
      .filter((name) => databaseNumber(name) !== undefined)
      .sort((a, b) => (databaseNumber(a) ?? 0) - (databaseNumber(b) ?? 0));
  } catch (thrown) {
    if (isNothingThere(thrown)) return [];
    throw unreadable(ledgerFolder(home), thrown);
  }
}
