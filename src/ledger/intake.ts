/** Pending files on their way into the database; what cannot be read is kept apart and said, never dropped. */
import { systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { parseReceipt } from "../receipt/parse-receipt.ts";
import { fromHex } from "./chain.ts";
import type { NewRow } from "./database.ts";
import { isNothingThere, unreadable, unwritable } from "./failures.ts";
import { pendingFolder, quarantineFolder } from "./ledger-folder.ts";

/** A pending file that is no receipt. */
export interface Refused {
  readonly name: string;
  readonly why: string;
}

/** Names in pending/, without those that a writer has not finished (`.PID-N.partial`). */
export async function pendingNames(files: Files, home: string): Promise<readonly string[]> {
  const folder = pendingFolder(home);
  try {
    return (await files.list(folder)).filter((name) => !name.startsWith("."));
  } catch (thrown) {
    if (isNothingThere(thrown)) return [];
    throw unreadable(folder, thrown);
  }
}

export interface Batch {
  readonly rows: readonly NewRow[];
  readonly refused: readonly Refused[];
}

/** Reads pending files; the refused ones lie in quarantine/ when it returns, except those that cannot even be read. */
export async function readBatch(files: Files, home: string, names: readonly string[]): Promise<Batch> {
  const rows: NewRow[] = [];
  const refused: Refused[] = [];
  for (const name of names) {
    const path = `${pendingFolder(home)}/${name}`;
    let bytes: Uint8Array;
    try {
      bytes = await files.readBytes(path);
    } catch (thrown) {
      // It stays where it is: the next ingest tries again.
      if (!isNothingThere(thrown)) refused.push({ name, why: systemCode(thrown) ?? "it cannot be read" });
      continue;
    }
    const parsed = parseReceipt(bytes);
    if (parsed.ok && name === `${parsed.receipt.id}.json`) {
      const { id, started_at } = parsed.receipt;
      rows.push({ id: fromHex(id), startedMs: Date.parse(started_at), body: bytes });
      continue;
    }
    await quarantine(files, home, name, bytes);
    refused.push({ name, why: parsed.ok ? "its name is not the receipt's id" : parsed.why });
  }
  return { rows, refused };
}

/** Copy first, then remove: a crash in between leaves both, and the next ingest does it again. */
async function quarantine(files: Files, home: string, name: string, bytes: Uint8Array): Promise<void> {
  const folder = quarantineFolder(home);
  try {
    await files.writeAtomic(`${folder}/${name}`, bytes);
    await files.remove(`${pendingFolder(home)}/${name}`);
  } catch (thrown) {
    throw unwritable(`cannot move ${name} to ${folder}`, thrown);
  }
}
