/** What a program and its ledger child say to each other; all of it survives structured clone. */
import type { Cursor } from "./database.ts";
import type { Failure } from "./failures.ts";
import type { Intake } from "./ingest.ts";
import type { RepairReport } from "./repair.ts";
import type { LedgerReport } from "./verify.ts";

export interface Where {
  /** FRUGAL_HOME. */
  readonly home: string;
  /** How long another program's lock is waited for. */
  readonly waitMs: number;
}

export interface PageRequest {
  readonly order: "newest" | "oldest";
  readonly after?: Cursor;
  readonly kind?: string;
  /** Wall time in milliseconds: receipts that started earlier are left out. */
  readonly sinceMs?: number;
  readonly limit: number;
}

export interface SentRow {
  readonly place: number;
  readonly body: Uint8Array;
}

export interface Page {
  readonly rows: readonly SentRow[];
  /** Where to go on; absent at the end. */
  readonly next?: Cursor;
}

/** Each request with its answer. */
export interface Requests {
  /** Takes in what is pending and makes ready for reading. */
  open: { readonly asks: Where; readonly answer: { readonly intake: Intake; readonly length: number } };
  page: { readonly asks: PageRequest; readonly answer: Page };
  /** Receipts with ids from `low` to `high`, both in hexadecimal. */
  find: {
    readonly asks: { readonly low: string; readonly high: string; readonly limit: number };
    readonly answer: readonly SentRow[];
  };
  verify: { readonly asks: Where & { readonly head?: string }; readonly answer: LedgerReport };
  repair: { readonly asks: Where & { readonly at: string }; readonly answer: RepairReport };
}

export type RequestName = keyof Requests;

export type ToChild =
  | {
      readonly [Name in RequestName]: { readonly kind: Name; readonly asks: Requests[Name]["asks"] };
    }[RequestName]
  | { readonly kind: "close" };

export type FromChild =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Our own mistake, with its stack. */
  | { readonly kind: "bug"; readonly stack: string };
