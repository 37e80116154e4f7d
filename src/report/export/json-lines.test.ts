import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { NASTY, sampleSpan } from "../../../test/support/sample-span.ts";
import { liveJsonLines, toJsonLines } from "./json-lines.ts";

test("receipts look as reviewed", async () => {
  await expect(toJsonLines([sampleReceipt()])).toMatchFileSnapshot(
    "../../../test/golden/export-receipts.jsonl",
  );
});

const linesOf = (text: string) => {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
};

test("each line is complete by itself: a component with its energy or the reason why it has none, then the total", () => {
  const lines = linesOf(liveJsonLines(sampleSpan(true)));
  expect(lines.map(({ component, status }) => [component, status])).toEqual([
    ["cpu", "measured"],
    ["ram", "modelled"],
    ["gpu", "unavailable"],
    ["node", "measured"],
    ["total", "measured"],
  ]);
  for (const line of lines) {
    expect(line).toMatchObject({ schema: "frugal.reading/1", span: "total", duration_s: 10.5 });
  }
  expect(lines[2]).toMatchObject({ reason: "no driver", remedy: "install one" });
  expect(lines[2]).not.toHaveProperty("energy_j");
  expect(lines[4]).toMatchObject({ energy_j: { value: 200 }, unattributed_j: { value: 76 } });
});

test("a name with a line end stays on its line; no energy leaves the total without any", () => {
  const lines = linesOf(toJsonLines([sampleReceipt({ subject: { type: "command", id: NASTY } })]));
  expect(lines.every(({ subject }) => subject === NASTY)).toBe(true);
  const unread = { parts: [], status: "unavailable", shared: false } as const;
  expect(linesOf(toJsonLines([sampleReceipt({ energy: unread })]))[0]).not.toHaveProperty("energy_j");
  expect(toJsonLines([])).toBe("");
});
