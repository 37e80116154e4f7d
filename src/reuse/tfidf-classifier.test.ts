import { expect, test } from "vitest";
import type { ProgressEvent } from "../core/progress.ts";
import type { LabelledText } from "./text-classifier.ts";
import { trainTfidfClassifier } from "./tfidf-classifier.ts";

const EXAMPLES: readonly LabelledText[] = [
  { text: "the cat sleeps on the mat", label: "animals" },
  { text: "a dog and a cat at play", label: "animals" },
  { text: "the horse eats hay", label: "animals" },
  { text: "the train is late again", label: "travel" },
  { text: "a ticket for the night train", label: "travel" },
  { text: "the plane lands in rain", label: "travel" },
  { text: "soup and bread for dinner", label: "food" },
  { text: "bake the bread and eat it", label: "food" },
];

test("each text gets every label, the likeliest first, with probabilities that sum to one", async () => {
  const classifier = await trainTfidfClassifier(EXAMPLES);
  expect(classifier.labels).toEqual(["animals", "food", "travel"]);
  const scored = await classifier.classify(["a cat and a dog", "the night train", "bread with soup"]);
  expect(scored.map(([first]) => first!.label)).toEqual(["animals", "travel", "food"]);
  for (const labels of scored) {
    expect(labels.map(({ label }) => label).sort()).toEqual(classifier.labels);
    expect(labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
    expect(labels.map(({ score }) => score)).toEqual(labels.map(({ score }) => score).sort((a, b) => b - a));
  }
});

test("training tells how it went: examples, iterations, convergence, gradient", async () => {
  const events: ProgressEvent[] = [];
  const { training } = await trainTfidfClassifier(EXAMPLES, { progress: (event) => events.push(event) });
  expect(training).toMatchObject({ examples: 8, c: 10, converged: true });
  expect(training.gradientNorm).toBeLessThanOrEqual(1e-6);
  expect(events.filter(({ kind }) => kind === "advance")).toHaveLength(training.iterations);
  expect(events.some(({ kind }) => kind === "note")).toBe(false);
});

test("a fit that stops too early says so", async () => {
  const events: ProgressEvent[] = [];
  const options = { maxIterations: 1, progress: (event: ProgressEvent) => void events.push(event) };
  const { training } = await trainTfidfClassifier(EXAMPLES, options);
  expect(training).toMatchObject({ iterations: 1, converged: false });
  expect(events).toContainEqual({ kind: "note", text: expect.stringContaining("before it converged") });
});

test("texts without any known word get one and the same score, and a note counts them", async () => {
  const classifier = await trainTfidfClassifier(EXAMPLES);
  const events: ProgressEvent[] = [];
  const texts = ["", "the cat", "zzz", "👍"];
  const scored = await classifier.classify(texts, undefined, (event) => events.push(event));
  expect(scored[2]).toEqual(scored[0]);
  expect(scored[3]).toEqual(scored[0]);
  expect(scored[1]).not.toEqual(scored[0]);
  expect(events.at(-1)).toEqual({ kind: "note", text: expect.stringMatching(/^3 of 4 texts hold no word/) });
});

test("a text's scores depend neither on its neighbours nor on the order of the texts", async () => {
  const classifier = await trainTfidfClassifier(EXAMPLES);
  const texts = Array.from({ length: 150 }, (_, at) => EXAMPLES[(at * 5) % 8]!.text.slice(at % 9));
  const together = await classifier.classify(texts);
  expect((await classifier.classify(texts.toReversed())).reverse()).toEqual(together);
  expect(await classifier.classify([texts[77]!])).toEqual([together[77]]);
});

test("in many examples a word must come in two texts to be known, in few one will do", async () => {
  const few = await trainTfidfClassifier(EXAMPLES);
  expect(few.tfidf.terms).toContain("horse");
  const many = Array.from({ length: 100 }, (_, at) => EXAMPLES[at % 8]!);
  const once = { text: "a zebra", label: "animals" };
  const { tfidf } = await trainTfidfClassifier([...many, once]);
  expect(tfidf.terms).toContain("horse");
  expect(tfidf.terms).not.toContain("zebra");
});

test("no examples, one class, and texts without a word are refused before any fitting", async () => {
  await expect(trainTfidfClassifier([])).rejects.toMatchObject({ code: "empty-input" });
  await expect(trainTfidfClassifier(EXAMPLES.slice(0, 3))).rejects.toMatchObject({ code: "bad-data" });
  const silent = EXAMPLES.map(({ label }) => ({ text: "?", label }));
  await expect(trainTfidfClassifier(silent)).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringContaining("none of the 8 texts holds a word"),
  });
});

test("an abort ends training and classifying", async () => {
  const signal = AbortSignal.abort();
  await expect(trainTfidfClassifier(EXAMPLES, { signal })).rejects.toMatchObject({ code: "aborted" });
  const classifier = await trainTfidfClassifier(EXAMPLES);
  await expect(classifier.classify(["x"], signal)).rejects.toMatchObject({ code: "aborted" });
});
