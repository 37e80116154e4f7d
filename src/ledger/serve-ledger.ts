/** The child's side: the only process that loads SQLite. One request at a time; failures are told as data. */
import { FrugalError, messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { fromHex } from "./chain.ts";
import {
  type Cursor,
  openForReading,
  openForWriting,
  type ReceiptDatabase,
  type ReceiptRow,
} from "./database.ts";
import { failureOf } from "./failures.ts";
import { type LedgerPlace, openCurrent } from "./find-ledger.ts";
import { checkEnd, ingest } from "./ingest.ts";
import type {
  FromChild,
  Page,
  PageRequest,
  RequestName,
  Requests,
  ToChild,
  Where,
} from "./ledger-messages.ts";
import { takeLock } from "./lock.ts";
import { repair } from "./repair.ts";
import { verify } from "./verify.ts";

export interface LedgerChannel {
  send(message: FromChild): void;
  onMessage(listener: (message: ToChild) => void): void;
  /** Ends the process. */
  end(): void;
}

export const ledgerPlace = (files: Files, { home, waitMs }: Where): LedgerPlace => ({
  files,
  home,
  openForWriting: (path) => openForWriting(path, waitMs),
  openForReading: (path) => openForReading(path, waitMs),
  takeLock: (path) => takeLock(path, waitMs),
});

type Handlers = {
  readonly [Name in RequestName]: (asks: Requests[Name]["asks"]) => Promise<Requests[Name]["answer"]>;
};

export function serveLedger(files: Files, channel: LedgerChannel): void {
  let database: ReceiptDatabase | undefined;
  const handlers: Handlers = {
    async open(where) {
      const place = ledgerPlace(files, where);
      database?.close();
      const intake = await ingest(place);
      const current = await openCurrent(place);
      if (current !== undefined) checkEnd(current.database, current.anchor);
      database = current?.database;
      return { intake, length: database?.end().length ?? 0 };
    },
    page: async (asks) => (database === undefined ? { rows: [] } : pageOf(database, asks)),
    find: async ({ low, high, limit }) =>
      database?.between(fromHex(low), fromHex(high), limit).map(sent) ?? [],
    verify: ({ head, ...where }) => verify(ledgerPlace(files, where), head),
    repair: ({ at, ...where }) => repair(ledgerPlace(files, where), at),
  };
  const answer = async (message: Exclude<ToChild, { kind: "close" }>): Promise<FromChild> => {
    try {
      const handle = handlers[message.kind] as (asks: unknown) => Promise<unknown>;
      return { kind: "answer", answer: await handle(message.asks) };
    } catch (thrown) {
      if (thrown instanceof FrugalError) return { kind: "failed", failure: failureOf(thrown) };
      const stack = thrown instanceof Error ? thrown.stack : undefined;
      return { kind: "bug", stack: stack ?? messageOf(thrown) };
    }
  };
  channel.onMessage((message) => {
    if (message.kind !== "close") return void answer(message).then(channel.send);
    database?.close();
    channel.end();
  });
}

/** Each page is a read of its own: nothing is ever changed or removed, so a cursor is as good as a snapshot. */
function pageOf(database: ReceiptDatabase, { order, after, kind, sinceMs, limit }: PageRequest): Page {
  const rows = database.listed(order, after, limit);
  const last = rows.at(-1);
  const wanted = rows.filter((row) => isWanted(row, kind, sinceMs));
  // Newest first, everything after a row that is too old is too old as well.
  const isOver =
    order === "newest" && sinceMs !== undefined && last !== undefined && last.startedMs < sinceMs;
  const ends = last === undefined || rows.length < limit || isOver;
  return { rows: wanted.map(sent), ...(ends ? {} : { next: cursorOf(last) }) };
}

const sent = ({ place, body }: ReceiptRow) => ({ place, body });
const cursorOf = ({ startedMs, place }: ReceiptRow): Cursor => ({ startedMs, place });

/** A body that does not parse is wanted: who reads it says that it is damaged. */
function isWanted(
  { startedMs, body }: ReceiptRow,
  kind: string | undefined,
  sinceMs: number | undefined,
): boolean {
  if (sinceMs !== undefined && startedMs < sinceMs) return false;
  if (kind === undefined) return true;
  try {
    return (JSON.parse(Buffer.from(body).toString("utf8")) as { kind?: unknown }).kind === kind;
  } catch {
    return true;
  }
}
