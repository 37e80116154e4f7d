/** The ledger's native parts in memory, beside a fake world's files. */
import { GENESIS, hex, linkOf, same } from "../../src/ledger/chain.ts";
import type { NewRow, ReceiptDatabase, ReceiptRow } from "../../src/ledger/database.ts";
import type { LedgerPlace } from "../../src/ledger/find-ledger.ts";
import { canonicalJson } from "../../src/receipt/canonical.ts";
import type { Receipt } from "../../src/receipt/receipt.ts";
import type { FakeWorld } from "./fake-world.ts";

export interface MemoryPlace extends LedgerPlace {
  /** Rows of each database, by path. */
  readonly rows: ReadonlyMap<string, ReceiptRow[]>;
  /** How often the lock is held now. */
  readonly locks: () => number;
}

export function memoryPlace(world: FakeWorld, home: string): MemoryPlace {
  const rows = new Map<string, ReceiptRow[]>();
  let locks = 0;
  return {
    files: world.files,
    home,
    rows,
    locks: () => locks,
    openForReading: (path) => memoryDatabase(rows.get(path) ?? []),
    openForWriting(path) {
      if (!rows.has(path)) rows.set(path, []);
      // So that the folder lists it.
      world.stored.set(path, new Uint8Array(100));
      return memoryDatabase(rows.get(path) ?? []);
    },
    takeLock() {
      locks++;
      return () => void locks--;
    },
  };
}

export function memoryDatabase(rows: ReceiptRow[]): ReceiptDatabase {
  const end: ReceiptDatabase["end"] = () => ({ length: rows.length, head: rows.at(-1)?.link ?? GENESIS });
  return {
    end,
    linkAt: (place) => (place === 0 ? GENESIS : rows.find((row) => row.place === place)?.link),
    append(added) {
      const before = rows.length;
      for (const row of added) {
        if (rows.some(({ id }) => same(id, row.id))) continue;
        const { length, head } = end();
        rows.push({ ...row, place: length + 1, link: linkOf(head, length + 1, row.body) });
      }
      return rows.length - before;
    },
    settle: () => true,
    chain: (after, limit) => rows.filter(({ place }) => place > after).slice(0, limit),
    listed: () => {
      throw new Error("listings are tested on the real database");
    },
    between: (low, high, limit) =>
      rows.filter(({ id }) => hex(low) <= hex(id) && hex(id) <= hex(high)).slice(0, limit),
    flaws: () => [],
    close: () => {},
  };
}

export const rowOf = (receipt: Receipt): NewRow => ({
  id: Buffer.from(receipt.id, "hex"),
  startedMs: Date.parse(receipt.started_at),
  body: Buffer.from(canonicalJson(receipt)),
});
