/** `frugal/ledger`: append receipts, read them back, verify that none was changed. */
import { frugalHome } from "../core/environment.ts";
import { FrugalError } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { nodeWorld } from "../host/node-world.ts";
import {
  type Ledger,
  openLedger as openLedgerIn,
  type ReceiptQuery,
  type RepairOutcome,
  repairLedger as repairLedgerIn,
  verifyLedger as verifyLedgerIn,
} from "../ledger/open-ledger.ts";
import { writePending } from "../ledger/pending.ts";
import type { LedgerReport } from "../ledger/verify.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import { parseReceipt } from "../receipt/parse-receipt.ts";
import type { Receipt } from "../receipt/receipt.ts";

export type { Repair } from "../ledger/anchor.ts";
export type { Problem } from "../ledger/check-chain.ts";
export type { Intake } from "../ledger/ingest.ts";
export type { Receipt, ReceiptBody } from "../receipt/receipt.ts";
export { sealReceipt } from "../receipt/seal.ts";
export type { Ledger, LedgerReport, ReceiptQuery, RepairOutcome };

export interface LedgerOptions {
  /** Instead of FRUGAL_HOME. */
  readonly home?: string;
  readonly signal?: AbortSignal;
  /** How long to wait for another program's lock; default 5,000. */
  readonly waitMs?: number;
}

/** Adds a sealed receipt. It is on disk when this returns, and never waits for another writer. */
export async function append(receipt: Receipt, options: LedgerOptions = {}): Promise<void> {
  const parsed = parseReceipt(new TextEncoder().encode(canonicalJson(receipt)));
  if (!parsed.ok) {
    throw new FrugalError({
      code: "bad-data",
      what: "cannot append the receipt",
      why: parsed.why,
      remedy: "make it from a body by sealReceipt, and change nothing afterwards",
    });
  }
  const world = worldOf(options);
  await writePending(world.files, frugalHome(world.env, world.machine), receipt);
}

/** Every receipt that fits, newest first by default. */
export async function* read(
  query: ReceiptQuery = {},
  options: LedgerOptions = {},
): AsyncGenerator<Receipt, void, undefined> {
  const ledger = await openLedger(options);
  try {
    yield* ledger.receipts(query);
  } finally {
    await ledger.close();
  }
}

/** For more than one question; close it when done. */
export const openLedger = (options: LedgerOptions = {}): Promise<Ledger> =>
  openLedgerIn(worldOf(options), options);

/** Checks every receipt, link and page. @param options.head a head that was published earlier. */
export const verify = (options: LedgerOptions & { readonly head?: string } = {}): Promise<LedgerReport> =>
  verifyLedgerIn(worldOf(options), options);

/** Gathers every whole receipt of a damaged ledger into a new database. */
export const repair = (options: LedgerOptions = {}): Promise<RepairOutcome> =>
  repairLedgerIn(worldOf(options), options);

function worldOf({ home }: LedgerOptions): World {
  const world = nodeWorld();
  return home === undefined ? world : { ...world, env: { ...world.env, FRUGAL_HOME: home } };
}
