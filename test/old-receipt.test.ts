import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Receipt } from "../src/receipt/receipt.ts";
import { isSealed } from "../src/receipt/seal.ts";
import { receiptLine } from "../src/report/receipt-line.ts";

/** Written by `frugal track --zone FR --name old-receipt -- true` before receipts knew node totals, splits and boundaries. */
const OLD = join(import.meta.dirname, "fixtures", "receipts", "before-node-totals.json");

test("a receipt from before totals had a boundary is whole and reads as it did", () => {
  const receipt = JSON.parse(readFileSync(OLD, "utf8")) as Receipt;
  expect(isSealed(receipt)).toBe(true);
  expect(receiptLine(receipt)).toBe(
    "energy 22.5 µWh (7.62 µWh … 66.9 µWh) modelled · 111 ms\ncarbon 0.698 µgCO2e (zone FR, 2025) · receipt c3098e7896db",
  );
});
