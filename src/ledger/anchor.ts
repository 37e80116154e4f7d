/**
 * The anchor: how long the chain is and how it ends, kept outside the database, so that a database that lost its end, or
 * was swapped for an older copy, is noticed.
 */
import { messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { GENESIS, hex } from "./chain.ts";
import { damaged, isNothingThere, unreadable, unwritable } from "./failures.ts";
import { anchorPath, databaseName, databaseNumber } from "./ledger-folder.ts";

export interface Repair {
  /** Wall time, ISO 8601 UTC. */
  readonly at: string;
  readonly kept: number;
  /** How many of the anchored receipts were not found whole; absent where no anchor could be read. */
  readonly lost?: number;
  /** The damaged database, and what its anchor said. */
  readonly from?: { readonly database: string; readonly length: number; readonly head: string };
}

export interface Anchor {
  readonly schema: typeof ANCHOR_SCHEMA;
  /** Name of the database in use. */
  readonly database: string;
  readonly length: number;
  /** The last link, in hexadecimal. */
  readonly head: string;
  /** Every repair so far: a chain that starts anew must not look as if nothing had been lost. */
  readonly repairs: readonly Repair[];
}

const ANCHOR_SCHEMA = "frugal.ledger-head/1";

export const anchorOf = (
  database: string,
  end: { readonly length: number; readonly head: Uint8Array },
  repairs: readonly Repair[],
): Anchor => ({ schema: ANCHOR_SCHEMA, database, length: end.length, head: hex(end.head), repairs });

export const firstAnchor = (): Anchor => anchorOf(databaseName(1), { length: 0, head: GENESIS }, []);

/** undefined when there is none; throws "ledger-damaged" when it cannot be read. */
export async function readAnchor(files: Files, home: string): Promise<Anchor | undefined> {
  const path = anchorPath(home);
  const text = await textOf(files, path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw damaged(`cannot read ${path}`, messageOf(thrown), thrown);
  }
  if (!isAnchor(value)) throw damaged(`cannot read ${path}`, `it is not a ${ANCHOR_SCHEMA}`);
  return value;
}

async function textOf(files: Files, path: string): Promise<string | undefined> {
  try {
    return await files.readText(path);
  } catch (thrown) {
    if (isNothingThere(thrown)) return undefined;
    throw unreadable(path, thrown);
  }
}

export async function writeAnchor(files: Files, home: string, anchor: Anchor): Promise<void> {
  const path = anchorPath(home);
  try {
    await files.writeAtomic(path, `${JSON.stringify(anchor, null, 2)}\n`);
  } catch (thrown) {
    throw unwritable(`cannot write ${path}`, thrown);
  }
}

function isAnchor(value: unknown): value is Anchor {
  if (typeof value !== "object" || value === null) return false;
  const { schema, database, length, head, repairs } = value as Partial<Record<keyof Anchor, unknown>>;
  return (
    schema === ANCHOR_SCHEMA &&
    typeof database === "string" &&
    databaseNumber(database) !== undefined &&
    Number.isSafeInteger(length) &&
    (length as number) >= 0 &&
    typeof head === "string" &&
    /^[0-9a-f]{64}$/.test(head) &&
    Array.isArray(repairs) &&
    repairs.every(isRepair)
  );
}

function isRepair(value: unknown): value is Repair {
  if (typeof value !== "object" || value === null) return false;
  const { at, kept, lost, from } = value as Partial<Record<keyof Repair, unknown>>;
  return (
    typeof at === "string" &&
    Number.isSafeInteger(kept) &&
    (lost === undefined || Number.isSafeInteger(lost)) &&
    (from === undefined || typeof from === "object")
  );
}
