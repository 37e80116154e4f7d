import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import type { CarbonRecord } from "../../receipt/receipt.ts";
import { toImpactManifest } from "./impact-manifest.ts";

const range = (value: number) => ({ low: value / 2, value, high: value * 2 });
const carbon = sampleReceipt().carbon as CarbonRecord;
const withoutEmbodied = { ...carbon, embodied: { status: "unavailable", reason: "nobody told" } } as const;
const { carbon: _, ...withoutCarbon } = sampleReceipt();
const unread = { parts: [], status: "unavailable", shared: false } as const;

const RECEIPTS = [
  sampleReceipt({ started_at: "2026-01-03T00:00:00.000Z" }),
  sampleReceipt(),
  sampleReceipt({ carbon: withoutEmbodied, started_at: "2026-01-04T00:00:00.000Z" }),
  sampleReceipt({ subject: { type: "command", id: 'make "all"' }, kind: "track", carbon: withoutEmbodied }),
  { ...withoutCarbon, subject: { type: "model", id: "elsewhere" } } as const,
  sampleReceipt({ energy: unread, subject: { type: "model", id: "unread" } }),
];

// if-run of Impact Framework 1.1.0 computes the golden, with the carbon that the receipts have.
test("a manifest looks as reviewed", async () => {
  await expect(toImpactManifest(RECEIPTS)).toMatchFileSnapshot("../../../test/golden/export-impact.yml");
});

test("inputs of a child come in the order of time and have one shape; a receipt without energy has none", () => {
  const text = toImpactManifest(RECEIPTS);
  expect([...text.matchAll(/timestamp: "(2026-01-0\d)/g)].map((match) => match[1])).toEqual([
    ...["2026-01-02", "2026-01-03"],
    "2026-01-02",
    "2026-01-02",
    "2026-01-04",
  ]);
  expect(text).toContain('"run tiny-model":');
  expect(text).toContain('"run tiny-model, with carbon, per mail":');
  expect(text).toContain("5 of 6 receipts");
  expect(text).not.toContain("unread");
});

test("energy is in kWh; embodied carbon is added only where it is known", () => {
  const energy = { ...unread, status: "measured", total_j: range(7_200_000) } as const;
  const text = toImpactManifest([sampleReceipt({ energy, carbon: withoutEmbodied })]);
  expect(text).toMatch(/^ {10}energy: 2$/m);
  expect(text).not.toContain("embodied");
  expect(toImpactManifest([sampleReceipt()])).toContain("carbon-embodied: 0.012");
});

test("nothing to count leaves a manifest without a pipeline", () => {
  expect(toImpactManifest([])).toContain("plugins: {}");
});
