import fc from "fast-check";
import { expect, test } from "vitest";
import { type TextLine, textLines } from "./text-lines.ts";

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}
async function all(lines: AsyncIterable<TextLine>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of lines) texts.push(text);
  return texts;
}

test("lines are the same however the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), fc.nat(7), async (texts, size) => {
      const clean = texts.map((text) => text.replaceAll(/[\r\n\ufeff]/g, ""));
      const bytes = new TextEncoder().encode(clean.map((text) => `${text}\n`).join(""));
      const parts = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, at) =>
        bytes.subarray(at * (size + 1), (at + 1) * (size + 1)),
      );
      expect(await all(textLines("x", chunks(...parts)))).toEqual(clean);
    }),
  );
});

test("CRLF, a byte order mark and a missing last line feed do not show", async () => {
  expect(await all(textLines("x", chunks("\ufeffone\r\ntwo\r\n\nthree")))).toEqual([
    "one",
    "two",
    "",
    "three",
  ]);
});

test("a byte that is no UTF-8 is named by line and offset", async () => {
  const bad = Uint8Array.of(0x61, 0x0a, 0x62, 0xe9, 0x63);
  await expect(all(textLines("mail.txt", chunks("first\n", bad)))).rejects.toMatchObject({
    code: "not-utf8",
    what: expect.stringContaining("mail.txt"),
    why: expect.stringMatching(/offset 9, in line 3/),
  });
  await expect(all(textLines("x", chunks(Uint8Array.of(0x61, 0xc3))))).rejects.toMatchObject({
    why: expect.stringContaining("offset 1,"),
  });
});

test("a 200 MB line is refused while no more than the limit was held", async () => {
  let produced = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(1_000_000).fill(0x61);
    for (; produced < 200; produced++) yield chunk;
  }
  await expect(all(textLines("big.txt", endless()))).rejects.toMatchObject({
    code: "line-too-long",
    what: "line 1 of big.txt is too long",
  });
  expect(produced).toBeLessThan(20);
});
