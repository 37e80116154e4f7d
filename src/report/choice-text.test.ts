import fc from "fast-check";
import { expect, test } from "vitest";
import { anyChoice, BROKEN } from "../../test/support/choice-arbitraries.ts";
import { MAIL_REPORT, MEASURED_REPORT, SPEECH_REPORT } from "../../test/support/choice-reports.ts";
import { choiceText } from "./choice-text.ts";
import { displayWidth } from "./display-width.ts";

test("the text of three jobs looks as reviewed", async () => {
  const text = choiceText([MAIL_REPORT, SPEECH_REPORT, MEASURED_REPORT]);
  await expect(`${text}\n`).toMatchFileSnapshot("../../test/golden/choice-text.txt");
});

test("the pick stands above the table, marked in it by an arrow", () => {
  const lines = choiceText([MAIL_REPORT]).split("\n");
  expect(lines[2]).toBe("  ✓ TF-IDF + logistic regression");
  expect(lines.filter((line) => line.startsWith("  → TF-IDF"))).toHaveLength(1);
});

test("no pick is a no", () => {
  const { picked: _, ...none } = MAIL_REPORT;
  expect(choiceText([none])).toContain("  ✗ None of them does the job");
});

test("any choice fits 80 columns, prints nothing broken and no control character", () => {
  fc.assert(
    fc.property(anyChoice, (report) => {
      const text = choiceText([report]);
      expect(text).not.toMatch(BROKEN);
      for (const line of text.split("\n")) {
        expect(displayWidth(line)).toBeLessThanOrEqual(80);
        expect(line).not.toMatch(/\p{Control}/u);
      }
    }),
  );
});
