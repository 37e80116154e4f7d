import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, shuffled } from "../../core/random.ts";
import { distinctTexts } from "./near-duplicates.ts";

const WORDS = Array.from({ length: 400 }, (_, at) =>
  String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26)).repeat(2),
);
const wordsOf = (seed: number, count: number): string[] =>
  shuffled(WORDS, seededRandom(seed)).slice(0, count);

test("case, spaces, punctuation, numbers, links and addresses do not make a text another", () => {
  const texts = [
    "Win $1,000 NOW at http://a.example/x, mail me@a.example",
    "win 2000 now   at https://b.example/y!\nmail you@b.example",
    "Something else entirely",
  ];
  expect(distinctTexts(texts)).toEqual({ kept: [0, 2], identical: 1, nearIdentical: 0 });
});

test("a mass mail that greets another name is the same text; the first one stays", () => {
  const body = wordsOf(1, 120).join(" ");
  const texts = [`Dear Anna, ${body}`, `Dear Bert, ${body}`, `Dear Carla ${body} yours Dan`];
  expect(distinctTexts(texts)).toEqual({ kept: [0], identical: 0, nearIdentical: 2 });
});

test("an answer that quotes half of another mail is a text of its own", () => {
  const [first, answer] = [wordsOf(2, 100), wordsOf(3, 100)];
  const quoting = [...answer, ...first.slice(0, 50)].join(" ");
  expect(distinctTexts([first.join(" "), quoting]).kept).toEqual([0, 1]);
});

test("texts shorter than three words are compared as a whole", () => {
  expect(distinctTexts(["yes", "no", "Yes!", "", "?"]).kept).toEqual([0, 1, 3]);
});

test("kept and removed add up, kept ones rise, and what was kept is kept again", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 40 })), { maxLength: 12 }), (made) => {
      const texts = made.map(([seed, count]) => wordsOf(seed, count).join(" "));
      const { kept, identical, nearIdentical } = distinctTexts(texts);
      expect(kept.length + identical + nearIdentical).toBe(texts.length);
      expect(kept).toEqual([...kept].sort((a, b) => a - b));
      expect(distinctTexts(kept.map((at) => texts[at]!)).kept).toHaveLength(kept.length);
    }),
  );
});
