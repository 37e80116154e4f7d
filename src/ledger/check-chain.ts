/** Reads the whole chain and says everything that is wrong with it. */
import { FrugalError } from "../core/error.ts";
import { parseReceipt } from "../receipt/parse-receipt.ts";
import type { Anchor } from "./anchor.ts";
import { fromHex, GENESIS, hex, linkOf, same } from "./chain.ts";
import type { ReceiptDatabase, ReceiptRow } from "./database.ts";
import { damaged } from "./failures.ts";

export interface Problem {
  /** The receipt's place in the chain, where one is to blame. */
  readonly place?: number;
  readonly id?: string;
  readonly what: string;
}

export interface ChainCheck {
  readonly length: number;
  readonly head: Uint8Array;
  readonly problems: readonly Problem[];
  /** Whether the link that was asked for lies in the chain. */
  readonly found: boolean;
}

/** A list that nobody would read to its end; the first ones show where to look. */
const MOST_PROBLEMS = 50;
const PAGE = 200;

/** @param wanted a link that must lie in the chain: a head that was published earlier. */
export function checkChain(database: ReceiptDatabase, anchor: Anchor, wanted?: Uint8Array): ChainCheck {
  const problems: Problem[] = [];
  let place = 0;
  // After a damaged link the next receipt may fit what is stored or what should be: else one damage names two receipts.
  let before: readonly Uint8Array[] = [GENESIS];
  let atAnchor: Uint8Array | undefined = anchor.length === 0 ? GENESIS : undefined;
  let found = false;
  const check = (row: ReceiptRow): void => {
    if (row.place !== place + 1) {
      problems.push({ place: place + 1, what: missing(place + 1, row.place - 1) });
      before = [];
    }
    place = row.place;
    const flaw = flawOf(row, before);
    if (flaw !== undefined) problems.push({ place, id: hex(row.id), what: flaw });
    const expected = before[0] === undefined ? row.link : linkOf(before[0], place, row.body);
    before = same(row.link, expected) ? [row.link] : [row.link, expected];
    if (place === anchor.length) atAnchor = row.link;
    if (wanted !== undefined && same(row.link, wanted)) found = true;
  };
  try {
    for (const row of rowsOf(database)) {
      check(row);
      if (problems.length >= MOST_PROBLEMS) break;
    }
    if (problems.length < MOST_PROBLEMS) {
      problems.push(...anchorProblems(place, atAnchor, anchor));
      problems.push(
        ...database.flaws().map((flaw) => ({ what: `database: ${flaw.replaceAll(/\s+/g, " ")}` })),
      );
    }
  } catch (thrown) {
    if (!(thrown instanceof FrugalError) || thrown.code !== "ledger-damaged") throw thrown;
    problems.push({ what: `the database cannot be read after receipt ${place}: ${thrown.why}` });
  }
  return { length: place, head: before[0] ?? GENESIS, problems, found };
}

function* rowsOf(database: ReceiptDatabase): Generator<ReceiptRow, void, undefined> {
  let last = 0;
  for (let page = database.chain(last, PAGE); page.length > 0; page = database.chain(last, PAGE)) {
    for (const row of page) {
      // A damaged tree can lead in circles.
      if (!(row.place > last)) throw damaged("the database", `receipt ${last} is followed by ${row.place}`);
      last = row.place;
      yield row;
    }
  }
}

const missing = (from: number, to: number): string =>
  from === to ? `receipt ${from} is missing` : `receipts ${from} to ${to} are missing`;

function flawOf(row: ReceiptRow, before: readonly Uint8Array[]): string | undefined {
  const parsed = parseReceipt(row.body);
  if (!parsed.ok) return `damaged: ${parsed.why}`;
  const { id, started_at } = parsed.receipt;
  if (id !== hex(row.id) || Date.parse(started_at) !== row.startedMs)
    return "its columns do not fit its content";
  const fits =
    before.length === 0 || before.some((link) => same(row.link, linkOf(link, row.place, row.body)));
  return fits ? undefined : "its link does not fit the receipt before it";
}

function anchorProblems(
  length: number,
  atAnchor: Uint8Array | undefined,
  anchor: Anchor,
): readonly Problem[] {
  if (length < anchor.length) {
    return [{ what: `the last ${anchor.length - length} of ${anchor.length} receipts are missing` }];
  }
  if (atAnchor === undefined || same(atAnchor, fromHex(anchor.head))) return [];
  return [{ place: anchor.length, what: "its link is not the one that head.json tells" }];
}
