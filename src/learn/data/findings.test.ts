import { expect, test } from "vitest";
import { dataset } from "../../../test/support/datasets.ts";
import type { EncodedSequences } from "./encode-sequences.ts";
import { datasetFindings, sequenceFindings } from "./findings.ts";

const many = (label: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ text: `${label} ${at}`, label }));
const classified = (examples: readonly { text: string; label: string }[]) =>
  dataset({ kind: "classification", examples });

test("data without fault have no findings", () => {
  const train = classified([...many("x", 10), ...many("y", 9)]);
  expect(datasetFindings(train, classified([{ text: "new", label: "x" }]))).toEqual([]);
});

test("copies, contradictions, leaks, rare, unseen and one-sided labels are told with their places", () => {
  const train = classified([
    ...many("x", 100),
    { text: "x 0", label: "x" },
    { text: "x 1", label: "y" },
    { text: "odd", label: "y" },
  ]);
  const held = classified([
    { text: "X 3", label: "x" },
    { text: "new", label: "z" },
  ]);
  expect(datasetFindings(train, held).map(({ severity, what }) => `${severity}: ${what}`)).toEqual([
    "note: 1 example of 103 in test.jsonl asks what an earlier one asks (1 and 101)",
    "warn: 1 example in test.jsonl contradicts an earlier one (2 and 102)",
    "warn: 1 example of 2 to judge by was trained on (4 and 1)",
    "warn: 1 label of 2 has fewer than 8 examples (y: 2)",
    "warn: 98 % of examples are labelled x: a model that always says so looks good",
    "refuse: 1 label to judge by has no example to learn from (z)",
  ]);
});

test("spans that nothing began are told", () => {
  const tags = ["B-A", "O", "I-A"];
  const train = dataset({
    kind: "token-classification",
    examples: Array.from({ length: 9 }, (_, at) => ({ tokens: ["a", "b", String(at)], tags })),
  });
  expect(datasetFindings(train).map(({ what }) => what)).toEqual([
    "9 tags in test.jsonl go on with a span that nothing began (I- without B-)",
  ]);
});

test("of sequences, what is cut, left out, hardly learned, unstopped or unknown to the model is told", () => {
  const kept = new Uint8Array(1000);
  kept[999] = 1;
  const encoded: EncodedSequences = {
    sequences: [{ ids: Array<number>(1000).fill(1), kept, example: 0 }],
    truncated: 3,
    dropped: 1,
    split: 1,
    stops: { found: 1, appended: 2, missing: 4 },
  };
  const vocabulary = { tokenizer: 12, rows: 10, beyond: 2, ids: [10, 11] };
  expect(sequenceFindings(encoded, vocabulary).map(({ severity, what }) => `${severity}: ${what}`)).toEqual([
    "refuse: 2 tokens of the data have no row in the model (10, 11): the tokenizer knows 12 tokens, the model 10",
    "warn: 1 example is left out: nothing that is learned is left after the cut",
    "warn: 2 examples lose their end",
    "warn: only 0.10 % of the tokens are learned",
    "warn: 4 answers within conversations end with no token that stops the model",
    "note: the end-of-text token was put behind 2 examples, so that the model learns to stop",
    "note: 1 conversation became one sequence for each answer, as the chat template writes earlier answers in another way",
  ]);
  const clean = {
    ...encoded,
    truncated: 0,
    dropped: 0,
    split: 0,
    stops: { found: 1, appended: 0, missing: 0 },
  };
  kept.fill(1);
  expect(sequenceFindings(clean, { ...vocabulary, beyond: 0, ids: [] })).toEqual([]);
});
