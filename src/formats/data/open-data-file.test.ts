import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { csvLine } from "../csv.ts";
import { jsonTable } from "./json-table.ts";
import { openDataFile } from "./open-data-file.ts";

const open = async (name: string, content: string | Uint8Array) =>
  await openDataFile(fakeWorld({ files: { [name]: content } }).files, name);

const value = fc.oneof(
  fc.string(),
  fc.constantFrom('"', "\n", "[", "]", "\\", ","),
  fc.integer(),
  fc.constant(null),
);
const rows = fc.array(fc.dictionary(fc.string(), fc.oneof(value, fc.array(value)), { minKeys: 1 }), {
  minLength: 1,
  maxLength: 6,
});

test("objects come out of an array or lines as they went in, each with its line", () => {
  fc.assert(
    fc.property(rows, (objects) => {
      const lines = jsonTable("x", objects.map((object) => JSON.stringify(object)).join("\n\n"));
      expect(lines.rows.map(({ values }) => JSON.stringify(values))).toEqual(
        objects.map((o) => JSON.stringify(o)),
      );
      expect(lines.rows.map(({ at }) => at)).toEqual(objects.map((_, at) => 2 * at + 1));
      const array = jsonTable("x", `[\n${objects.map((object) => JSON.stringify(object)).join(",\n")}\n]\n`);
      expect(array.rows.map(({ values }) => JSON.stringify(values))).toEqual(
        objects.map((o) => JSON.stringify(o)),
      );
      expect(array.rows.map(({ at }) => at)).toEqual(objects.map((_, at) => at + 2));
      const pretty = jsonTable("x", JSON.stringify(objects, null, 2));
      expect(pretty.rows).toHaveLength(objects.length);
    }),
  );
});

test("one broken element of an array is named alone, with its own line and column", async () => {
  const text = '[{"a": 1},\n {"a": 2,},\n {"a": 3}]';
  await expect(open("x.json", text)).rejects.toMatchObject({
    what: "x.json, line 2, column 9, cannot be used",
  });
  const deep = '[\n  {"a": 1,\n   "b": tru}\n]';
  await expect(open("x.json", deep)).rejects.toMatchObject({
    what: "x.json, line 3, column 9, cannot be used",
  });
});

test.each([
  ["x.json", '[{"a": 1}, {"a": 2}', "never closed"],
  ["x.jsonl", '{"a": 1}\n5\n', "holds 5 instead of an object"],
  ["x.csv", 'a,b\n1,"2\n', "never closed"],
  ["x.csv", "a,b\n1,2,3\n", "3 cells, and there are 2 columns: a, b"],
  ["x.csv", "a,b\n1\n", "1 cells"],
  ["x.csv", "a,a\n1,2\n", 'two columns are named "a"'],
])("%s with %j is refused: %s", async (name, content, why) => {
  await expect(open(name, content)).rejects.toMatchObject({
    code: "bad-data",
    why: expect.stringContaining(why),
  });
});

test("a text with a separator that was not quoted is shown as it should be", async () => {
  await expect(open("x.csv", "text,label\nwell, that was bad,x\n")).rejects.toMatchObject({
    what: "x.csv, line 2, cannot be used",
    remedy: expect.stringContaining('"well, that was bad",x'),
  });
});

test("a name like __proto__ is a column as any other", async () => {
  const table = await open("x.csv", "__proto__,b\n1,2\n");
  expect(Object.keys(table.rows[0]!.values)).toEqual(["__proto__", "b"]);
});

test("cells are what was written, whatever they hold", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), { minLength: 1 }),
      async (pairs) => {
        const table = await open("x.csv", `a,b\n${pairs.map(csvLine).join("")}`);
        // Line ends are read as one kind.
        const plain = (text: string) => text.replaceAll("\r\n", "\n");
        expect(table.rows.map(({ values }) => [values["a"], values["b"]])).toEqual(
          pairs.map((pair) => pair.map(plain)),
        );
      },
    ),
  );
});

test.each(["x.jsonl.gz", "x.arrow", "x.xlsx"])("%s is refused with what to do", async (name) => {
  await expect(open(name, "")).rejects.toMatchObject({ code: "unsupported-input" });
});

test("what is not there, what cannot be read and what is no UTF-8 are told apart", async () => {
  await expect(openDataFile(fakeWorld().files, "x.csv")).rejects.toMatchObject({ code: "file-missing" });
  await expect(open("x.csv", Uint8Array.of(97, 10, 0xff))).rejects.toMatchObject({ code: "not-utf8" });
  for (const call of [1, 2]) {
    const { files } = fakeWorld({ files: { "x.csv": "a\n1\n" }, failAt: { call, code: "EIO" } });
    await expect(openDataFile(files, "x.csv")).rejects.toMatchObject({ code: "file-unreadable" });
  }
});
