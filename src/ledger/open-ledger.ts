/** The ledger as a program sees it: append without waiting, read, verify, repair. SQLite itself runs in a child process. */
import { frugalHome } from "../core/environment.ts";
import { FrugalError } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { parseReceipt } from "../receipt/parse-receipt.ts";
import type { Receipt, ReceiptKind } from "../receipt/receipt.ts";
import { damaged } from "./failures.ts";
import type { Intake } from "./ingest.ts";
import type { PageRequest, SentRow, Where } from "./ledger-messages.ts";
import { type LedgerProcess, startLedgerProcess } from "./ledger-process.ts";
import type { RepairReport } from "./repair.ts";
import type { LedgerReport } from "./verify.ts";

export interface ReceiptQuery {
  /** By time of start; default newest. */
  readonly order?: "newest" | "oldest";
  readonly kind?: ReceiptKind;
  readonly since?: Date;
  /** At most so many. */
  readonly limit?: number;
}

export interface Ledger {
  /** What opening took in from pending/, and what it could not. */
  readonly intake: Intake;
  /** How many receipts the ledger holds. */
  readonly length: number;
  /** Throws "ledger-damaged" at a receipt that does not fit its id. */
  receipts(query?: ReceiptQuery): AsyncGenerator<Receipt, void, undefined>;
  /** Receipts whose id begins so, at most `limit` of them (default 10). */
  find(prefix: string, limit?: number): Promise<readonly Receipt[]>;
  /** Ends the child; until then the program stays alive. */
  close(): Promise<void>;
}

export interface LedgerOptions {
  readonly signal?: AbortSignal;
  /** How long to wait for another program's lock. */
  readonly waitMs?: number;
}

type LedgerWorld = Pick<World, "processes" | "env" | "machine">;

/** Long against one ingest (milliseconds), short for a person. */
const WAIT_MS = 5_000;
const PAGE = 200;
const ID_LENGTH = 64;

const whereOf = (world: LedgerWorld, { waitMs = WAIT_MS }: LedgerOptions): Where => ({
  home: frugalHome(world.env, world.machine),
  waitMs,
});

/** Takes in what is pending, then reads. Whoever opens it closes it. */
export async function openLedger(world: LedgerWorld, options: LedgerOptions = {}): Promise<Ledger> {
  const child = startLedgerProcess(world.processes, options.signal);
  try {
    const { intake, length } = await child.ask("open", whereOf(world, options));
    return {
      intake,
      length,
      receipts: (query = {}) => receiptsOf(child, query),
      async find(prefix, limit = 10) {
        const start = prefix.toLowerCase();
        if (!/^[0-9a-f]{1,64}$/.test(start)) return [];
        const [low, high] = [start.padEnd(ID_LENGTH, "0"), start.padEnd(ID_LENGTH, "f")];
        return (await child.ask("find", { low, high, limit })).map(receiptOf);
      },
      close: () => child.close(),
    };
  } catch (thrown) {
    await child.close();
    throw thrown;
  }
}

async function* receiptsOf(
  child: LedgerProcess,
  query: ReceiptQuery,
): AsyncGenerator<Receipt, void, undefined> {
  const { order = "newest", kind, since, limit = Number.POSITIVE_INFINITY } = query;
  let request: PageRequest = {
    order,
    // A filter by kind leaves little of a page, so that a small limit says nothing about its size.
    limit: kind === undefined ? Math.min(PAGE, limit) : PAGE,
    ...(kind !== undefined && { kind }),
    ...(since && { sinceMs: since.getTime() }),
  };
  let given = 0;
  while (given < limit) {
    const { rows, next } = await child.ask("page", request);
    for (const row of rows) {
      if (given++ >= limit) return;
      yield receiptOf(row);
    }
    if (next === undefined) return;
    request = { ...request, after: next };
  }
}

function receiptOf({ place, body }: SentRow): Receipt {
  const parsed = parseReceipt(body);
  if (!parsed.ok) throw damaged(`receipt ${place} of the ledger is damaged`, parsed.why);
  return parsed.receipt;
}

export interface VerifyOptions extends LedgerOptions {
  /** A head that was published earlier, in hexadecimal: is it still part of the chain? */
  readonly head?: string;
}

/** Reads everything and says all that is wrong; problems are told, not thrown, unless they end the child. */
export async function verifyLedger(world: LedgerWorld, options: VerifyOptions = {}): Promise<LedgerReport> {
  const { head } = options;
  return await once(world, options, (child) =>
    child.ask("verify", { ...whereOf(world, options), ...(head === undefined ? {} : { head }) }),
  );
}

export type RepairOutcome =
  | { readonly kind: "whole"; readonly length: number }
  | ({ readonly kind: "repaired" } & RepairReport);

/** Gathers every whole receipt into a new database; does nothing to a ledger that is whole. */
export async function repairLedger(
  world: LedgerWorld & Pick<World, "clock">,
  options: LedgerOptions = {},
): Promise<RepairOutcome> {
  const length = await lengthIfWhole(world, options);
  if (length !== undefined) return { kind: "whole", length };
  const asks = { ...whereOf(world, options), at: world.clock.stamp() };
  return { kind: "repaired", ...(await once(world, options, (child) => child.ask("repair", asks))) };
}

/** A look that brings the child down is an answer too. */
async function lengthIfWhole(world: LedgerWorld, options: LedgerOptions): Promise<number | undefined> {
  try {
    const { problems, length } = await verifyLedger(world, options);
    return problems.length === 0 ? length : undefined;
  } catch (thrown) {
    if (thrown instanceof FrugalError && thrown.code === "ledger-damaged") return undefined;
    throw thrown;
  }
}

async function once<T>(
  world: LedgerWorld,
  { signal }: LedgerOptions,
  work: (child: LedgerProcess) => Promise<T>,
): Promise<T> {
  const child = startLedgerProcess(world.processes, signal);
  try {
    return await work(child);
  } finally {
    await child.close();
  }
}
