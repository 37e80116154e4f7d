/** Against what transformers' own tokenizers answered (test/oracles/tuning_data.py). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { dataset } from "../../../test/support/datasets.ts";
import { TUNING_DATA, tinyTokenizer } from "../../../test/support/tokenizers.ts";
import { type EncoderDataset, encodeTexts, pairLengths } from "./encode-texts.ts";

test.each(["wordpiece", "roberta", "unigram"] as const)(
  "%s: pairs that are too long are cut as transformers cuts them, and counted",
  async (name) => {
    const tokenizer = await tinyTokenizer(name);
    for (const { texts, length, ids, types } of TUNING_DATA[name].pairs) {
      const [text, pair] = texts;
      const data = dataset({ kind: "regression", examples: [{ text, pair, value: 1 }] }) as EncoderDataset;
      const made = encodeTexts(data, { tokenizer, maxLength: length });
      expect(made.items[0]!.texts[0], `${texts} to ${length}`).toEqual({ ids, types });
      const whole = tokenizer.encode(text).length + tokenizer.encode(pair).length;
      expect(made.truncated).toBe(ids.length < whole + tokenizer.frameSize(true) ? 1 : 0);
    }
  },
);

test.each(["wordpiece", "roberta", "unigram"] as const)(
  "%s: a word's label lies at its first token, as with word_ids of transformers",
  async (name) => {
    const tokenizer = await tinyTokenizer(name);
    const { words, ids, labels } = TUNING_DATA[name].words;
    const names = words.map((_, at) => `tag ${at}`);
    const data = dataset({
      kind: "token-classification",
      examples: [{ tokens: words, tags: names }],
    }) as EncoderDataset;
    const made = encodeTexts(data, { tokenizer, maxLength: 64, names });
    expect(made.items[0]).toEqual({ texts: [{ ids, types: ids.map(() => 0) }], labels });
    expect(made.lostLabels).toBe(0);
    const cut = encodeTexts(data, { tokenizer, maxLength: 10, names });
    expect(cut.items[0]!.texts[0]!.ids).toHaveLength(10);
    const kept = cut.items[0]!.labels.filter((label) => label !== -100);
    expect(kept).toEqual(names.map((_, at) => at).slice(0, kept.length));
    expect([cut.truncated, cut.lostLabels]).toEqual([1, words.length - kept.length]);
  },
);

test("two texts share the room, whatever their lengths", () => {
  const size = fc.nat(40);
  fc.assert(
    fc.property(size, size, size, (first, second, room) => {
      const [a, b] = pairLengths(first, second, room);
      expect(a + b).toBe(Math.min(first + second, room));
      expect(a).toBeLessThanOrEqual(first);
      expect(b).toBeLessThanOrEqual(second);
      // Nothing is taken from the shorter one while the longer is longer than it, but for the odd token.
      if (a < first && b < second) expect(Math.abs(a - b)).toBeLessThanOrEqual(1);
    }),
  );
});

test("classes are numbered in the order of their names, several at once are a vector", async () => {
  const tokenizer = await tinyTokenizer("wordpiece");
  const options = { tokenizer, maxLength: 32 };
  const one = (label: string) => ({ text: "a fox", label });
  const numbered = dataset({ kind: "classification", examples: ["10", "9", "-1"].map(one) });
  expect(encodeTexts(numbered as EncoderDataset, options)).toMatchObject({
    layout: "class",
    names: ["-1", "9", "10"],
    items: [{ labels: [2] }, { labels: [1] }, { labels: [0] }],
  });
  const several = dataset({
    kind: "multi-label",
    examples: [
      { text: "a", labels: ["b", "a"] },
      { text: "b", labels: [] },
    ],
  });
  expect(encodeTexts(several as EncoderDataset, options)).toMatchObject({
    layout: "multi",
    names: ["a", "b"],
    items: [{ labels: [1, 1] }, { labels: [0, 0] }],
  });
});

test("one class, a class that the model lacks, and a length without room are refused", async () => {
  const tokenizer = await tinyTokenizer("wordpiece");
  const data = dataset({
    kind: "classification",
    examples: [{ text: "a", label: "good" }],
  }) as EncoderDataset;
  expect(() => encodeTexts(data, { tokenizer, maxLength: 32 })).toThrow("nothing to tell apart");
  expect(() => encodeTexts(data, { tokenizer, maxLength: 32, names: ["bad", "goood"] })).toThrow(
    "has the label good",
  );
  expect(() => encodeTexts(data, { tokenizer, maxLength: 3, names: ["good"] })).toThrow("cut to 3 tokens");
});
