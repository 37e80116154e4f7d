import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryDatabase, rowOf } from "../../test/support/memory-database.ts";
import { numberedReceipt } from "../../test/support/sample-receipt.ts";
import { FrugalError } from "../core/error.ts";
import { anchorOf } from "./anchor.ts";
import { checkChain } from "./check-chain.ts";
import type { ReceiptRow } from "./database.ts";

const LENGTH = 6;
const rows: ReceiptRow[] = [];
memoryDatabase(rows).append(Array.from({ length: LENGTH }, (_, index) => rowOf(numberedReceipt(index))));
const anchor = anchorOf("receipts-1.db", memoryDatabase(rows).end(), []);
const check = (changed: readonly ReceiptRow[], wanted?: Uint8Array) =>
  checkChain(memoryDatabase([...changed]), anchor, wanted);
const place = fc.integer({ min: 1, max: LENGTH });

test("a chain as it was written has no problem, and every link of it is found", () => {
  expect(check(rows)).toMatchObject({ length: LENGTH, head: rows.at(-1)?.link, problems: [] });
  for (const { link } of rows) expect(check(rows, link).found).toBe(true);
  expect(check(rows, new Uint8Array(32)).found).toBe(false);
});

test("a changed byte of a receipt, its id or its link names that receipt, and no other", () => {
  const field = fc.constantFrom("id", "link", "body");
  fc.assert(
    fc.property(place, field, fc.nat(), fc.integer({ min: 1, max: 255 }), (at, name, where, mask) => {
      const changed = rows.map((row) => {
        if (row.place !== at) return row;
        const bytes = Uint8Array.from(row[name]);
        bytes[where % bytes.length]! ^= mask;
        return { ...row, [name]: bytes };
      });
      const { problems } = check(changed);
      expect(problems.length).toBeGreaterThan(0);
      expect(new Set(problems.map((problem) => problem.place))).toEqual(new Set([at]));
    }),
  );
});

test("a receipt that is whole in itself and stands where it was not added is named", () => {
  const intruder = rowOf(numberedReceipt(99));
  fc.assert(
    fc.property(place, (at) => {
      const changed = rows.map((row) => (row.place === at ? { ...row, ...intruder } : row));
      expect(check(changed).problems[0]?.place).toBe(at);
    }),
  );
});

test("two receipts that changed places are named", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: LENGTH - 1 }), (at) => {
      const [a, b] = [rows[at - 1]!, rows[at]!];
      const changed = rows.map((row) =>
        row === a ? { ...b, place: a.place } : row === b ? { ...a, place: b.place } : row,
      );
      expect(check(changed).problems.map((problem) => problem.place)).toContain(at);
    }),
  );
});

test("a receipt taken out of the middle is missing", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: LENGTH - 1 }), (at) => {
      const { problems } = check(rows.filter((row) => row.place !== at));
      expect(problems).toMatchObject([{ place: at, what: `receipt ${at} is missing` }]);
    }),
  );
});

test("a cut tail is missing, also when all of it is cut", () => {
  fc.assert(
    fc.property(place, (cut) => {
      const { problems } = check(rows.slice(0, LENGTH - cut));
      expect(problems).toEqual([{ what: `the last ${cut} of ${LENGTH} receipts are missing` }]);
    }),
  );
});

test("a tail that was cut and written anew does not fit the anchor", () => {
  const changed = rows.slice(0, 3);
  memoryDatabase(changed).append([10, 11, 12].map((index) => rowOf(numberedReceipt(index))));
  expect(check(changed).problems).toEqual([
    { place: LENGTH, what: "its link is not the one that head.json tells" },
  ]);
});

test("receipts beyond the anchor are fine: an ingest was killed before it wrote the anchor", () => {
  const more = [...rows];
  memoryDatabase(more).append([rowOf(numberedReceipt(50))]);
  expect(check(more)).toMatchObject({ length: LENGTH + 1, problems: [] });
});

test("a database that cannot be read is a problem; one that is only busy is not, and says so", () => {
  const failing = (code: "ledger-damaged" | "ledger-busy") => ({
    ...memoryDatabase([...rows]),
    chain: (): never => {
      throw new FrugalError({ code, what: "w", why: "y", remedy: "r" });
    },
  });
  expect(checkChain(failing("ledger-damaged"), anchor).problems).toMatchObject([
    { what: "the database cannot be read after receipt 0: y" },
  ]);
  expect(() => checkChain(failing("ledger-busy"), anchor)).toThrow(
    expect.objectContaining({ code: "ledger-busy" }),
  );
});

test("of very many problems the first fifty are told, and nothing is said of what was not read", () => {
  const many: ReceiptRow[] = [];
  memoryDatabase(many).append(Array.from({ length: 70 }, (_, index) => rowOf(numberedReceipt(index))));
  const end = memoryDatabase(many).end();
  const empty = many.map((row) => ({ ...row, body: new Uint8Array() }));
  const { problems } = checkChain(memoryDatabase(empty), anchorOf("receipts-1.db", end, []));
  expect(problems.map((problem) => problem.place)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});
