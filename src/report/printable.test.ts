import fc from "fast-check";
import { expect, test } from "vitest";
import { codeUnits } from "../../test/support/choice-arbitraries.ts";
import { printable } from "./printable.ts";

test.each([
  ["\u001b[31mred", "\ufffd[31mred"],
  ["a\u202etxt.exe", "a\ufffdtxt.exe"],
  ["half \ud800 pair", "half \ufffd pair"],
  ["two\n lines\t", "two lines "],
  ["whole 👩‍🔬 stays", "whole 👩‍🔬 stays"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("no control and no half pair is left of any text, and doing it twice changes nothing", () => {
  fc.assert(
    fc.property(codeUnits, (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Control}\p{Surrogate}]/u);
      expect(printable(shown)).toBe(shown);
    }),
  );
});
