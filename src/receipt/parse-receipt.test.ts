import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleReceipt } from "../../test/support/sample-receipt.ts";
import { canonicalJson } from "./canonical.ts";
import { parseReceipt } from "./parse-receipt.ts";
import type { ReceiptBody } from "./receipt.ts";
import { sealReceipt } from "./seal.ts";

const bytesOf = (value: unknown): Uint8Array => Buffer.from(canonicalJson(value));
const receipt = sampleReceipt();
const { id: _, ...body } = receipt;

test("the canonical text of a sealed receipt gives the receipt", () => {
  expect(parseReceipt(bytesOf(receipt))).toEqual({ ok: true, receipt });
});

test("whichever byte is changed, it is refused with a reason", () => {
  const whole = bytesOf(receipt);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(whole, (byte, index) => (index === at ? byte ^ mask : byte));
      expect(parseReceipt(changed)).toMatchObject({ ok: false, why: expect.stringMatching(/./) });
    }),
  );
});

test("another text of the same receipt is refused, so that equal ids mean equal bytes", () => {
  const pretty = Buffer.from(JSON.stringify(receipt, null, 2));
  expect(parseReceipt(pretty)).toEqual({ ok: false, why: "it is not in canonical form" });
});

test.each([
  ["schema", { schema: "frugal.receipt/2" }],
  ["energy", { energy: { ...body.energy, parts: [{ component: "cpu", status: "measured" }] } }],
  ["energy", { energy: { ...body.energy, total_j: { value: 1 } } }],
  ["started_at", { started_at: "yesterday" }],
  ["carbon", { carbon: {} }],
  ["settings", { settings: { list: [] } }],
])("sealed, but with a wrong %s: the field is named", (field, changes) => {
  const wrong = sealReceipt({ ...body, ...changes } as ReceiptBody);
  expect(parseReceipt(bytesOf(wrong))).toMatchObject({
    ok: false,
    why: expect.stringContaining(`"${field}"`),
  });
});

test.each([["null"], ["[]"], ["{"], ['{"id":"\\ud800"}'], [`${"[".repeat(100_000)}`], [""]])(
  "%j is refused without a throw",
  (text) => {
    expect(parseReceipt(Buffer.from(text)).ok).toBe(false);
  },
);
