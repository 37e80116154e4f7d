/** Files that pyarrow wrote (test/oracles/parquet_files.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { FrugalError } from "../../core/error.ts";
import { openDataFile } from "./open-data-file.ts";

const bytes = (name: string): Uint8Array =>
  readFileSync(join(import.meta.dirname, "../../../test/fixtures/parquet", name));
const open = async (name: string, content = bytes(name)) =>
  await openDataFile(fakeWorld({ files: { [name]: content } }).files, name);

test.each(["none", "snappy", "gzip", "brotli"])(
  "rows of columns with the codec %s come out in order, classes by name",
  async (codec) => {
    const { rows, columns, unit } = await open(`labelled-${codec}.parquet`);
    expect([columns, unit]).toEqual([["text", "label"], "row"]);
    expect(rows).toEqual(
      Array.from({ length: 7 }, (_, at) => ({
        at: at + 1,
        values: { text: `text number ${at} für 🦊`, label: ["bad", "fair", "good"][at % 3] },
      })),
    );
  },
);

test("lists and objects come out as in JSON", async () => {
  const chats = await open("chats.parquet");
  const messages = [
    { role: "user", content: "hi" },
    { role: "assistant", content: "ho" },
  ];
  expect(chats.rows.map(({ values }) => values)).toEqual([
    { messages: messages.map((message) => expect.objectContaining(message)), score: 0.5 },
  ]);
  const tagged = await open("tagged.parquet");
  expect(tagged.rows[0]!.values).toEqual({ tokens: ["Ada", "lives"], tags: ["B-PER", "O"] });
});

test("a codec that is not read is named, with one that is", async () => {
  await expect(open("labelled-zstd.parquet")).rejects.toMatchObject({
    code: "unsupported-input",
    why: "its columns are compressed by ZSTD",
    remedy: expect.stringContaining("snappy"),
  });
});

test("a file that is cut off, or none of the kind, is refused by name", async () => {
  const whole = bytes("labelled-snappy.parquet");
  for (let length = 0; length < whole.length; length += 97) {
    const opened = open("x.parquet", whole.slice(0, length));
    await expect(opened).rejects.toThrow(FrugalError);
    await expect(opened).rejects.toMatchObject({ message: expect.stringContaining("x.parquet") });
  }
});

test("whichever read fails, the failure names the file", async () => {
  const name = "labelled-gzip.parquet";
  const { fileCalls } = await count(name);
  expect(fileCalls).toBeGreaterThan(2);
  for (let call = 1; call <= fileCalls; call++) {
    const { files } = fakeWorld({ files: { [name]: bytes(name) }, failAt: { call, code: "EIO" } });
    await expect(openDataFile(files, name)).rejects.toMatchObject({
      code: "file-unreadable",
      what: `cannot read ${name}`,
    });
  }
});

async function count(name: string): Promise<{ fileCalls: number }> {
  const world = fakeWorld({ files: { [name]: bytes(name) } });
  await openDataFile(world.files, name);
  return { fileCalls: world.fileCalls() };
}
