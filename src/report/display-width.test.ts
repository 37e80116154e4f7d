import fc from "fast-check";
import { expect, test } from "vitest";
import { clip, displayWidth, pad, wrap } from "./display-width.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.lorem({ maxCount: 12 }),
  fc.constant("見出し語 👩‍🔬"),
);
const columns = fc.integer({ min: 2, max: 40 });

test.each([
  ["abc", 3],
  ["見出し", 6],
  ["👩‍🔬", 2],
  ["e\u0301", 1],
  ["", 0],
])("%j takes %i columns", (given, width) => {
  expect(displayWidth(given)).toBe(width);
});

test("a clipped text fits; one that fitted is not touched", () => {
  fc.assert(
    fc.property(text, columns, (given, most) => {
      const clipped = clip(given, most);
      expect(displayWidth(clipped)).toBeLessThanOrEqual(most);
      if (displayWidth(given) <= most) expect(clipped).toBe(given);
      else expect(clipped).toMatch(/…$/);
    }),
  );
});

test("wrapped lines fit and lose nothing but spaces", () => {
  fc.assert(
    fc.property(text, columns, (given, most) => {
      const lines = wrap(given, most);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(most);
      expect(lines.join("").replaceAll(" ", "")).toBe(given.replaceAll(" ", ""));
    }),
  );
});

test("a padded text is as wide as wanted", () => {
  expect(pad("見", 4)).toBe("見  ");
  expect(pad("long", 2)).toBe("long");
});
