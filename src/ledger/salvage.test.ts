import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowOf } from "../../test/support/memory-database.ts";
import { numberedReceipt } from "../../test/support/sample-receipt.ts";
import { hex } from "./chain.ts";
import { type NewRow, openForWriting, PAGE_SIZE } from "./database.ts";
import { salvage } from "./salvage.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-salvage-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Sizes below, at and far above what one page holds, so that overflow chains of each kind occur. */
const PADDING = [0, 1_000, 1_500, 1_900, 1_950, 2_000, 5_000, 20_000];
const receipts = Array.from({ length: 40 }, (_, index) =>
  numberedReceipt(index, { settings: { padding: "x".repeat(PADDING[index % PADDING.length]! + index) } }),
);
const rows = receipts.map(rowOf);
const ids = receipts.map(({ id }) => id);
let file: Buffer;

beforeAll(() => {
  const path = join(scratch, "receipts-1.db");
  const database = openForWriting(path, 1_000);
  database.append(rows);
  expect(database.settle()).toBe(true);
  database.close();
  file = readFileSync(path);
});

test("from a whole file every receipt comes back, in the order of the chain", () => {
  const told = (row: NewRow & { readonly place: number }) =>
    `${row.place} ${hex(row.id)} ${row.startedMs} ${Buffer.from(row.body).toString()}`;
  expect(salvage(file).map(told)).toEqual(rows.map((row, index) => told({ ...row, place: index + 1 })));
});

test("a changed byte costs at most the receipts of its page, and none comes back changed", () => {
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Buffer.from(file);
      changed[at]! ^= mask;
      const found = salvage(changed).map(({ id }) => hex(id));
      expect(ids).toEqual(expect.arrayContaining(found));
      // With these sizes a leaf holds the beginnings of three rows at most.
      expect(found.length).toBeGreaterThanOrEqual(ids.length - 3);
    }),
    { numRuns: 60 },
  );
});

test("the first page and the root of the tree may be gone: no receipt lies there", () => {
  const changed = Buffer.from(file).fill(0xff, 0, 2 * PAGE_SIZE);
  expect(salvage(changed)).toHaveLength(ids.length);
});

test("a file cut anywhere gives what lies before the cut", () => {
  fc.assert(
    fc.property(fc.nat(file.length), (length) => {
      const found = salvage(file.subarray(0, length)).map(({ id }) => hex(id));
      expect(ids).toEqual(expect.arrayContaining(found));
    }),
    { numRuns: 30 },
  );
  expect(salvage(file.subarray(0, file.length / 2)).length).toBeGreaterThan(5);
});

test("bytes that mean nothing give nothing, and end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: PAGE_SIZE, maxLength: 3 * PAGE_SIZE }), (noise) => {
      for (let page = 0; page < noise.length; page += PAGE_SIZE) noise[page] = 0x0d;
      expect(salvage(noise)).toEqual([]);
    }),
    { numRuns: 30 },
  );
});
