import { expect, test } from "vitest";
import { contrastivePairs } from "./contrastive-pairs.ts";
import type { EncodedTexts } from "./encode-texts.ts";

/** A text's one token is its place. */
const textsOf = (labels: readonly number[]): EncodedTexts => ({
  layout: "class",
  items: labels.map((label, at) => ({ texts: [{ ids: [at], types: [0] }], labels: [label] })),
  names: ["a", "b"],
  truncated: 0,
  lostLabels: 0,
});
const LABELS = [0, 0, 0, 1, 1];
const told = ({ items }: EncodedTexts): string[] =>
  items.map(({ texts, labels }) => `${texts.map(({ ids }) => ids[0]).join("-")} ${labels[0]}`);

test("every pair says whether its labels are equal, and both kinds come in turn, equally often", () => {
  const pairs = contrastivePairs(textsOf(LABELS), { seed: 1, perText: 100 });
  expect(pairs.layout).toBe("score");
  for (const [at, { texts, labels }] of pairs.items.entries()) {
    const [a, b] = texts.map(({ ids }) => LABELS[ids[0]!]);
    expect(labels).toEqual([a === b ? 1 : 0]);
    expect(labels).toEqual([at % 2 === 0 ? 1 : 0]);
  }
  // Of 3 and 2 texts: 6 + 3 equal pairs, each text with itself among them, and 6 unlike ones, of which 3 come again.
  expect(pairs.items).toHaveLength(18);
  expect(new Set(told(pairs)).size).toBe(15);
});

test("the seed decides the pairs, and perText how many there are at most", () => {
  const of = (seed: number): string[] => told(contrastivePairs(textsOf(LABELS), { seed, perText: 1 }));
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
  expect(of(1)).toHaveLength(10);
});

test("texts whose pairs are too many are refused with a way that takes them", () => {
  const many = textsOf(Array.from({ length: 2001 }, (_, at) => at % 2));
  expect(() => contrastivePairs(many, { seed: 1, perText: 1 })).toThrow(
    expect.objectContaining({ code: "bad-option", remedy: "use --method lora" }),
  );
});
