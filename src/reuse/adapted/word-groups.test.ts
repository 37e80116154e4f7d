import fc from "fast-check";
import { expect, test } from "vitest";
import { groupWords, wordsOf } from "./word-groups.ts";

test("words are runs of letters and digits with what joins them, and signs alone", () => {
  const words = wordsOf("Ann-Marie doesn't owe $3.50, she said. Zoë: naïve!").map(({ text }) => text);
  expect(words).toEqual([
    "Ann-Marie", "doesn't", "owe", "$", "3.50", ",", "she", "said", ".", "Zoë", ":", "naïve", "!",
  ]); // biome-ignore format: one block
});

test("every word is where it is said to be, in order, and only blanks lie between", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
      let end = 0;
      for (const word of wordsOf(text)) {
        expect(text.slice(word.at, word.at + word.text.length)).toBe(word.text);
        expect(text.slice(end, word.at).trim()).toBe("");
        end = word.at + word.text.length;
      }
      expect(text.slice(end).trim()).toBe("");
    }),
  );
});

const labelled = (text: string, labels: readonly string[]) =>
  groupWords(
    text,
    wordsOf(text).map((word, at) => ({ ...word, label: labels[at]!, score: (at + 1) / 8 })),
  );

test("neighbours of one kind become one thing; B- begins another", () => {
  expect(
    labelled("in New York City Bob Ann ran", ["O", "B-LOC", "I-LOC", "I-LOC", "B-PER", "B-PER", "O"]),
  ).toEqual([
    { text: "New York City", label: "LOC", score: 3 / 8 },
    { text: "Bob", label: "PER", score: 5 / 8 },
    { text: "Ann", label: "PER", score: 6 / 8 },
  ]);
  expect(labelled("a b c d", ["I-X", "O", "I-X", "I-Y"]).map(({ text, label }) => [text, label])).toEqual([
    ["a", "X"],
    ["c", "X"],
    ["d", "Y"],
  ]);
  expect(labelled("red blue cat", ["colour", "colour", "animal"]).map(({ text }) => text)).toEqual([
    "red blue",
    "cat",
  ]);
});
