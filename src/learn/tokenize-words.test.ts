import { expect, test } from "vitest";
import { tokenizeWords, wordRuns } from "./tokenize-words.ts";

test("words are lower case, two or more letters or digits long, and cut at everything else", () => {
  expect(tokenizeWords("It's A 4x4, re_use: café-crème ÉTÉ!")).toEqual([
    "it",
    "4x4",
    "re_use",
    "café",
    "crème",
    "été",
  ]);
  expect(tokenizeWords("")).toEqual([]);
  expect(tokenizeWords("a ! 👍")).toEqual([]);
});

test("an accent written as a mark of its own makes no other word; Hindi words stay whole", () => {
  expect(tokenizeWords("cafe\u0301")).toEqual(tokenizeWords("café"));
  expect(tokenizeWords("हिन्दी में")).toEqual(["हिन्दी", "में"]);
});

test("runs of one to two words keep their order and are joined by a blank", () => {
  expect([...wordRuns(["to", "be", "or"], 1, 2)]).toEqual(["to", "be", "or", "to be", "be or"]);
  expect([...wordRuns(["to"], 2, 3)]).toEqual([]);
});
