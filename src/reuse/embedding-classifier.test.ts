import { expect, test } from "vitest";
import { fakeEmbedder } from "../../test/support/fake-embedder.ts";
import type { ProgressEvent } from "../core/progress.ts";
import { trainEmbeddingClassifier } from "./embedding-classifier.ts";

const EXAMPLES = [
  { text: "aaab", label: "a" },
  { text: "aaac", label: "a" },
  { text: "zzzy", label: "z" },
  { text: "zzyz", label: "z" },
];

test("texts are told apart by their vectors alone", async () => {
  const classifier = await trainEmbeddingClassifier(fakeEmbedder({ model: "/models/letters" }), EXAMPLES);
  const scored = await classifier.classify(["aaaa", "zzzz"]);
  expect(scored.map(([first]) => first!.label)).toEqual(["a", "z"]);
  expect(classifier.training).toMatchObject({ examples: 4, converged: true });
});

test("training shows what it does: embedding, then fitting", async () => {
  const events: ProgressEvent[] = [];
  const progress = (event: ProgressEvent) => void events.push(event);
  await trainEmbeddingClassifier(fakeEmbedder({ model: "/m" }), EXAMPLES, { progress });
  expect(events.filter(({ kind }) => kind === "phase")).toEqual([
    { kind: "phase", name: "embedding", total: 4, unit: "texts" },
    { kind: "phase", name: "fitting", unit: "iterations" },
  ]);
});

test("bad examples are refused before anything is embedded", async () => {
  const never = { ...fakeEmbedder({ model: "/m" }), embed: () => Promise.reject(new Error("embedded")) };
  await expect(trainEmbeddingClassifier(never, [])).rejects.toMatchObject({ code: "empty-input" });
  await expect(trainEmbeddingClassifier(never, EXAMPLES.slice(0, 2))).rejects.toMatchObject({
    code: "bad-data",
  });
});

test("vectors with NaN are refused, naming the item", async () => {
  const broken = { ...fakeEmbedder({ model: "/m" }) };
  const embed = async (texts: readonly string[]) =>
    texts.map((_, at) => Float32Array.of(at === 2 ? Number.NaN : 1, 0));
  await expect(trainEmbeddingClassifier({ ...broken, embed }, EXAMPLES)).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringContaining("item 3"),
  });
});
