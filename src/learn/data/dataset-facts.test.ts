import { expect, test } from "vitest";
import { dataset } from "../../../test/support/datasets.ts";
import { duplicates, labelBalance, leaks, tagScheme, unseenLabels } from "./dataset-facts.ts";
import type { LabelledDataset } from "./label-names.ts";
import { keptShare, lengthFacts, vocabularyFacts } from "./token-facts.ts";

const classified = (...rows: readonly (readonly [string, string])[]): LabelledDataset =>
  dataset({
    kind: "classification",
    examples: rows.map(([text, label]) => ({ text, label })),
  }) as LabelledDataset;

test("copies are found whatever their case and spaces, and those that contradict are told apart", () => {
  const data = classified(["A  fox", "x"], ["a dog", "x"], ["a fox ", "x"], ["A dog", "y"], ["a cat", "x"]);
  expect(duplicates(data)).toEqual({
    same: { count: 1, places: [[1, 3]] },
    conflicts: { count: 1, places: [[2, 4]] },
  });
});

test("a test example that was trained on is a leak; the same answer to another question is none", () => {
  const train = classified(["a fox", "x"], ["a dog", "y"]);
  const found = leaks(train, classified(["a cat", "x"], ["A Dog", "x"]));
  expect(found).toEqual({ count: 1, places: [[2, 2]] });
  const ask = (question: string, answer: string) => ({
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
    answersFrom: 0,
  });
  const chats = (...of: ReturnType<typeof ask>[]) => dataset({ kind: "chat", examples: of });
  expect(leaks(chats(ask("one", "x")), chats(ask("two", "x"), ask("ONE", "y"))).places).toEqual([[1, 2]]);
});

test("many repeats are counted, and the first few shown", () => {
  const data = classified(...Array.from({ length: 20 }, () => ["a", "x"] as const));
  expect(duplicates(data).same.count).toBe(19);
  expect(duplicates(data).same.places).toHaveLength(5);
});

test("labels are weighed, and those that only the test has are named", () => {
  const train = classified(["a", "x"], ["b", "x"], ["c", "y"], ["d", "x"]);
  expect(labelBalance(train)).toEqual([
    { label: "x", count: 3, share: 0.75 },
    { label: "y", count: 1, share: 0.25 },
  ]);
  expect(unseenLabels(train, classified(["e", "z"], ["f", "x"]))).toEqual(["z"]);
});

test("spans are told from plain tags, and those that nothing began are counted", () => {
  expect(tagScheme([["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-PER"]])).toEqual({
    scheme: "bio",
    broken: 2,
  });
  expect(tagScheme([["nn", "O", "I-x"]])).toEqual({ scheme: "plain", broken: 0 });
});

test("lengths are summed up", () => {
  const lengths = [...Array.from({ length: 99 }, (_, at) => at + 1), 300];
  expect(lengthFacts(lengths)).toMatchObject({
    sequences: 100,
    tokens: 4950 + 300,
    shortest: 1,
    median: 50,
    most: 95,
    longest: 300,
  });
  expect(lengthFacts([3, 8, 9, 100]).steps).toEqual([
    { upTo: 8, count: 2 },
    { upTo: 16, count: 1 },
    { upTo: 32, count: 0 },
    { upTo: 64, count: 0 },
    { upTo: 128, count: 1 },
  ]);
});

test("the share of tokens that are learned, and tokens that the model has no row for", () => {
  expect(keptShare([{ kept: Uint8Array.of(0, 1) }, { kept: Uint8Array.of(0, 0) }])).toBe(0.25);
  const sequences = [{ ids: [0, 12, 12] }, { ids: [9, 10] }];
  expect(vocabularyFacts(sequences, { tokenizer: 13, rows: 10 })).toEqual({
    tokenizer: 13,
    rows: 10,
    beyond: 3,
    ids: [10, 12],
  });
});
