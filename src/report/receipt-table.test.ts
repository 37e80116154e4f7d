import { expect, test } from "vitest";
import { numberedReceipt, sampleReceipt } from "../../test/support/sample-receipt.ts";
import { receiptTable } from "./receipt-table.ts";

const COLUMNS = 80;
const { energy } = sampleReceipt();
const { total_j: _, ...unread } = energy;

test("one line per receipt, within 80 columns, modelled energy marked, absent figures said", () => {
  const receipts = [
    numberedReceipt(0, { outcome: { status: "ok" }, energy: { ...energy, status: "measured" } }),
    numberedReceipt(1, {
      kind: "evaluate",
      subject: { type: "model", id: "a-model-with-a-very-long-name-indeed" },
    }),
    numberedReceipt(2, { energy: { ...unread, status: "unavailable" }, outcome: { status: "interrupted" } }),
    numberedReceipt(3, { kind: "track", outcome: { status: "failed", exit_code: 137, signal: "SIGKILL" } }),
  ].map((receipt, index) => ({ ...receipt, id: String(index).repeat(64) }));
  const { carbon: _carbon, ...noCarbon } = receipts[2]!;
  receipts[2] = noCarbon;
  const table = receiptTable(receipts, COLUMNS);
  expect(table).toBe(
    [
      "id        time              kind      subject           energy     CO2e  outcome",
      "00000000  2026-01-01 00:00  run       tiny-model        11 mWh   616 µg  ok",
      "11111111  2026-01-01 00:01  evaluate  a-model-with-a…  ~11 mWh   616 µg  exit 3",
      "22222222  2026-01-01 00:02  run       tiny-model       unknown  unknown  stopped",
      "33333333  2026-01-01 00:03  track     tiny-model       ~11 mWh   616 µg  SIGKILL",
    ].join("\n"),
  );
  for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(COLUMNS);
});

test("a wide terminal shows the subject whole", () => {
  const id = "a-model-with-a-very-long-name-indeed";
  expect(receiptTable([numberedReceipt(0, { subject: { type: "model", id } })], 120)).toContain(id);
});

test("a name cannot move the cursor, colour the terminal or turn the text around", () => {
  const receipt = numberedReceipt(0, { subject: { type: "command", id: "\u001b[2Jx\n\u202Ey" } });
  expect(receiptTable([receipt], 200)).toContain("�[2Jx �y");
});
