/**
 * `log repair`: every whole receipt from every database here goes into a new one; the damaged file stays as it is. Only the
 * last step, the anchor, makes the new database the one in use: killed before, nothing has changed. Needs a process that
 * has not opened the damaged file with SQLite (see database.ts).
 */
import { FrugalError, invariant } from "../core/error.ts";
import { type Anchor, anchorOf, type Repair, readAnchor, writeAnchor } from "./anchor.ts";
import { hex } from "./chain.ts";
import { unreadable } from "./failures.ts";
import { databaseNames, type LedgerPlace } from "./find-ledger.ts";
import { type Intake, ingest, locked } from "./ingest.ts";
import { databaseName, databaseNumber, ledgerFolder } from "./ledger-folder.ts";
import { type Salvaged, salvage } from "./salvage.ts";

export interface RepairReport {
  /** The new database's name. */
  readonly database: string;
  readonly repair: Repair;
  readonly intake: Intake;
}

/** @param at wall time for the record of the repair. */
export async function repair(place: LedgerPlace, at: string): Promise<RepairReport> {
  const done = await locked(place, () => rebuild(place, at));
  return { ...done, intake: await ingest(place) };
}

async function rebuild(place: LedgerPlace, at: string): Promise<Omit<RepairReport, "intake">> {
  const { files, home } = place;
  const names = await databaseNames(files, home);
  const anchor = await readableAnchor(place);
  const rows = await salvageAll(place, names, anchor?.database ?? names.at(-1));
  const name = databaseName(1 + (databaseNumber(names.at(-1) ?? "") ?? 0));
  const database = place.openForWriting(`${ledgerFolder(home)}/${name}`);
  try {
    database.append(rows);
    invariant(database.settle(), "somebody reads a database that is not in use yet");
    const end = database.end();
    const done: Repair = {
      at,
      kept: end.length,
      ...(anchor && {
        lost: Math.max(0, anchor.length - end.length),
        from: { database: anchor.database, length: anchor.length, head: anchor.head },
      }),
    };
    await writeAnchor(files, home, anchorOf(name, end, [...(anchor?.repairs ?? []), done]));
    return { database: name, repair: done };
  } finally {
    database.close();
  }
}

/** The database in use comes first: up to the first damage, the new chain then has the old one's links. */
async function salvageAll(
  { files, home }: LedgerPlace,
  names: readonly string[],
  inUse: string | undefined,
): Promise<readonly Salvaged[]> {
  const rows = new Map<string, Salvaged>();
  for (const name of [...names].sort((a, b) => Number(b === inUse) - Number(a === inUse))) {
    const path = `${ledgerFolder(home)}/${name}`;
    try {
      for (const row of salvage(await files.readBytes(path))) {
        const id = hex(row.id);
        if (!rows.has(id)) rows.set(id, row);
      }
    } catch (thrown) {
      throw unreadable(path, thrown);
    }
  }
  return [...rows.values()];
}

async function readableAnchor({ files, home }: LedgerPlace): Promise<Anchor | undefined> {
  try {
    return await readAnchor(files, home);
  } catch (thrown) {
    if (thrown instanceof FrugalError && thrown.code === "ledger-damaged") return undefined;
    throw thrown;
  }
}
