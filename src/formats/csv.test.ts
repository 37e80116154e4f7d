import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine, csvRecords } from "./csv.ts";

test("what was written is read back, whatever the cells hold, with the line of each record", () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom("", '"', ",", "\n", "\r\n", 'a"b', " x "));
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const text = rows.map(csvLine).join("");
      const found = [...csvRecords(text)];
      expect(found.map(({ cells }) => cells)).toEqual(rows);
      let line = 1;
      for (const [index, row] of rows.entries()) {
        expect(found[index]?.line).toBe(line);
        line += csvLine(row).split("\n").length - 1;
      }
    }),
  );
});

test("CRLF, a byte order mark, blank lines and a missing last line end are no part of the data", () => {
  const found = [...csvRecords('\uFEFFa,b\r\n\r\n1,"2"\r\n\n3,')];
  expect(found).toEqual([
    { line: 1, cells: ["a", "b"], open: false },
    { line: 3, cells: ["1", "2"], open: false },
    { line: 5, cells: ["3", ""], open: false },
  ]);
});

test("a quote that is never closed is told", () => {
  expect([...csvRecords('a,"b\nc')]).toEqual([{ line: 1, cells: ["a", "b\nc"], open: true }]);
});
