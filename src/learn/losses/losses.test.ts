/** Losses and their gradients against torch and sentence-transformers' formulas (test/oracles/encoder_models.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Filled, floats, startGraph } from "../../../test/support/run-graph.ts";
import { Builder } from "../../graph/builder.ts";
import { differentiate } from "../../graph/passes/differentiate.ts";
import { binaryCrossEntropy, crossEntropy, meanSquaredError } from "./classification.ts";
import { cosineSimilarity, multipleNegativesRanking, triplet } from "./contrastive.ts";
import type { Loss } from "./loss.ts";

interface Golden {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** The mean, and its gradient. */
  readonly loss: number;
  readonly gradient: readonly number[];
}
const GOLDEN: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../test/fixtures/sentence-losses.json"), "utf8"),
);

type LossOf = (build: Builder, x: string) => Loss;
const int64 = (...values: number[]): Filled => ({ dtype: "int64", shape: [values.length], values });

const CASES: Readonly<Record<string, { loss: LossOf; labels?: Filled }>> = {
  ranking: { loss: (build, x) => multipleNegativesRanking(build, x) },
  "ranking with negatives": { loss: (build, x) => multipleNegativesRanking(build, x, { parts: 3 }) },
  "cosine similarity": { loss: cosineSimilarity, labels: floats([3], [1, 0.25, -0.5]) },
  "triplet, euclidean": { loss: (build, x) => triplet(build, x) },
  "triplet, cosine": { loss: (build, x) => triplet(build, x, { distance: "cosine", margin: 0.5 }) },
  "cross-entropy": { loss: crossEntropy, labels: int64(3, -100, 0, 4) },
  "binary cross-entropy": {
    loss: binaryCrossEntropy,
    labels: floats([4, 3], [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0.5]),
  },
  "squared error": {
    loss: meanSquaredError,
    labels: floats([4, 2], [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]),
  },
};

async function run(loss: LossOf, x: Filled, labels?: Filled) {
  const build = new Builder("loss");
  const input = build.input("x", "float32", x.shape);
  const of = loss(build, input);
  const { graph, gradients } = differentiate(build.build([of.loss, of.kept]), {
    seeds: new Map([[of.loss, undefined]]),
    wrt: [input],
  });
  const made = await (await startGraph(graph)).run({ x, ...(labels && { labels }) });
  return {
    loss: made[of.loss]!.values[0]!,
    kept: made[of.kept]!.values[0]!,
    gradient: made[gradients.get(input)!]!.values,
  };
}

test("every golden loss is asked for", () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(GOLDEN).sort());
});

test.each(Object.keys(CASES))("%s is what the original computes, and so is its gradient", async (name) => {
  const { shape, values, loss, gradient } = GOLDEN[name]!;
  const ours = await run(CASES[name]!.loss, floats(shape, values), CASES[name]!.labels);
  expect(ours.loss / ours.kept).toBeCloseTo(loss, 5);
  const largest = Math.max(...gradient.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  for (const [at, value] of gradient.entries()) {
    expect(Math.abs(ours.gradient[at]! / ours.kept - value)).toBeLessThan(1e-5 * largest);
  }
});

test("logits far out neither overflow nor vanish", async () => {
  const far = await run(binaryCrossEntropy, floats([1, 2], [200, -200]), floats([1, 2], [0, 1]));
  expect(far.loss).toBeCloseTo(400, 3);
  expect(far.gradient).toEqual([1, -1]);
});

test("single labels that count nowhere change neither loss nor gradient", async () => {
  const some = await run(binaryCrossEntropy, floats([1, 3], [1, 2, 3]), floats([1, 3], [1, -100, 0]));
  expect(some.kept).toBe(2);
  expect(some.gradient[1]).toBe(0);
  const numbers = await run(meanSquaredError, floats([3, 1], [1, 2, 3]), floats([3, 1], [0, Number.NaN, 1]));
  expect(numbers).toMatchObject({ kept: 2, loss: 5, gradient: [2, 0, 4] });
});

test("a text that is its own positive has a finite gradient", async () => {
  const same = await run((build, x) => triplet(build, x), floats([3, 2], [1, 2, 1, 2, 3, 1]));
  expect(same.gradient.every(Number.isFinite)).toBe(true);
});

test("an embedding of nothing but zeros has a finite cosine and gradient", async () => {
  const nothing = await run(cosineSimilarity, floats([2, 2], [0, 0, 1, 1]), floats([1], [1]));
  expect(nothing.loss).toBeCloseTo(1, 5);
  expect(nothing.gradient.every(Number.isFinite)).toBe(true);
});

test("embeddings that are no equal parts are refused", () => {
  const build = new Builder("odd");
  const x = build.input("x", "float32", [5, 2]);
  expect(() => triplet(build, x)).toThrow("5 embeddings");
});
