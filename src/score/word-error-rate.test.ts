import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import { normalizedWords } from "./normalized-words.ts";
import { editCount, type Transcript, wordEdits, wordErrorRate } from "./word-error-rate.ts";

const pair = (reference: string, hypothesis: string): Transcript => ({ reference, hypothesis });

test.each([
  ["the cat sat", "the cat sat", { substitutions: 0, deletions: 0, insertions: 0, words: 3 }],
  ["the cat sat", "the dog sat", { substitutions: 1, deletions: 0, insertions: 0, words: 3 }],
  ["a more a amiable woman", "a more amiable woman", { substitutions: 0, deletions: 1, insertions: 0, words: 5 }],
  ["four clubs", "four of clubs", { substitutions: 0, deletions: 0, insertions: 1, words: 2 }],
  ["one two three", "two three four", { substitutions: 0, deletions: 1, insertions: 1, words: 3 }],
  ["hello there", "", { substitutions: 0, deletions: 2, insertions: 0, words: 2 }],
  ["", "hello there", { substitutions: 0, deletions: 0, insertions: 2, words: 0 }],
])("%j heard as %j", (reference, hypothesis, edits) => {
  expect(wordEdits(pair(reference, hypothesis))).toEqual(edits);
}); // biome-ignore format: one case a line

test.each([
  ["And so, my fellow Americans: ask not!", "and so my fellow americans ask not"],
  ["Mr. John Dashwood", "mister john dashwood"],
  ["cold-hearted; “ill disposed”…", "cold hearted ill disposed"],
  ["It's John's. They won't, can't, I'm", "it is john's they will not can not i am"],
  ["Ten of clubs, twenty-one, forty", "10 of clubs 21 40"],
  ["five five", "5 5"],
  ["1,200 at 3.5.", "1200 at 3.5"],
  ["[laughter] Um, café (noise) hmm", "cafe"],
  ["'quoted' rock 'n' roll", "quoted rock n roll"],
])("%j is compared as %j", (text, words) => {
  expect(normalizedWords(text).join(" ")).toBe(words);
});

test("the rate is all edits over all words, not a mean of the clips' rates", () => {
  const rate = wordErrorRate([pair("one", "two"), pair("a b c d e f g h i", "a b c d e f g h i")], seededRandom(1));
  expect(rate.value).toBeCloseTo(1 / 10, 12);
  expect(rate.low).toBe(0);
  expect(rate.high).toBe(1);
}); // biome-ignore format: pairs on one line

test("references without a word have no rate", () => {
  expect(() => wordErrorRate([pair("", "words")], seededRandom(1))).toThrow("needs words");
});

const sentence = fc.array(fc.constantFrom("red", "fox", "jumps", "over", "dogs"), { maxLength: 12 });

test("a text is its own transcript, and edits lie between the difference of lengths and the longer length", () => {
  fc.assert(
    fc.property(sentence, sentence, (truth, heard) => {
      const [reference, hypothesis] = [truth.join(" "), heard.join(" ")];
      expect(editCount(wordEdits(pair(reference, reference)))).toBe(0);
      const edits = wordEdits(pair(reference, hypothesis));
      expect(editCount(edits)).toBeGreaterThanOrEqual(Math.abs(truth.length - heard.length));
      expect(editCount(edits)).toBeLessThanOrEqual(Math.max(truth.length, heard.length));
      expect(edits.insertions - edits.deletions).toBe(heard.length - truth.length);
      // Swapping the roles swaps insertions and deletions, at the same cost.
      expect(editCount(wordEdits(pair(hypothesis, reference)))).toBe(editCount(edits));
    }),
  );
});

test("the interval holds the rate, and both are at least 0", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sentence, sentence), { minLength: 1, maxLength: 5 }), (clips) => {
      fc.pre(clips.some(([truth]) => truth.length > 0));
      const { low, value, high } = wordErrorRate(
        clips.map(([truth, heard]) => pair(truth.join(" "), heard.join(" "))),
        seededRandom(7),
      );
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(value);
      expect(value).toBeLessThanOrEqual(high);
    }),
    { numRuns: 20 },
  );
});
