import fc from "fast-check";
import { expect, test } from "vitest";
import { tinyTokenizer } from "../../../test/support/tokenizers.ts";
import { labelMaskLine } from "../../report/label-mask.ts";
import { maskPreview } from "./mask-preview.ts";

test("pieces put together are the whole text, wherever the mask changes", async () => {
  for (const name of ["chat", "unigram", "wordpiece"] as const) {
    const tokenizer = await tinyTokenizer(name);
    const ids = tokenizer.encode("Peter Piper picked a peck of pickled peppers");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: ids.length, maxLength: ids.length, max: 1 }), (kept) => {
        const pieces = maskPreview({ ids, kept }, tokenizer);
        expect(pieces.map(({ text }) => text).join("")).toBe(tokenizer.decode(ids));
        for (const [at, piece] of pieces.entries()) expect(piece.kept).not.toBe(pieces[at + 1]?.kept);
      }),
    );
  }
});

test("a preview is a line of a terminal, with colour or without", () => {
  const parts = [
    { text: "<|user|>\nhi\u001b[2J ", kept: false },
    { text: "ho</s>", kept: true },
  ];
  expect(labelMaskLine(parts, { colour: false })).toBe("<|user|>↵hi\ufffd[2J ⟦ho</s>⟧");
  expect(labelMaskLine(parts, { colour: true })).toBe(
    "\u001b[2m<|user|>↵hi\ufffd[2J \u001b[0m\u001b[32mho</s>\u001b[0m",
  );
  const long = labelMaskLine([{ text: "x".repeat(1000), kept: true }], { colour: false, most: 11 });
  expect(long).toBe("⟦xxxx … xxxx⟧");
});
