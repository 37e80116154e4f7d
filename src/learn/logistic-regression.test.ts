import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import { denseMatrix } from "./feature-matrix.ts";
import { classesOf } from "./labelled-text.ts";
import {
  classProbabilities,
  fitLogistic,
  type LogisticModel,
  logisticObjective,
} from "./logistic-regression.ts";
import { fitTfidf, tfidfRows } from "./tfidf.ts";

interface OracleCase {
  readonly name: string;
  readonly c: number;
  readonly classes: string[];
  /** [outputs][columns] */
  readonly coef: number[][];
  readonly intercept: number[];
  readonly probabilities: number[][];
}
const oracle = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/oracles/text-classification.json"), "utf8"),
) as {
  texts: [string, string][];
  unseen: string[];
  texts_logistic: OracleCase[];
  dense_logistic: (OracleCase & { features: number[][]; classOf: number[] })[];
};

/** Golden solutions are exact to about 1e-10; ours stop at a gradient of 1e-10, which C · n multiplies. */
const exactly = { tolerance: 1e-10, maxIterations: 10_000 };

function expectSolution(model: LogisticModel, probabilities: Float64Array, wanted: OracleCase): void {
  for (const [k, row] of wanted.coef.entries()) {
    expect(model.intercepts[k]).toBeCloseTo(wanted.intercept[k]!, 6);
    for (const [j, weight] of row.entries())
      expect(model.weights[j * model.outputs + k]).toBeCloseTo(weight, 6);
  }
  for (const [at, probability] of wanted.probabilities.flat().entries()) {
    expect(probabilities[at]).toBeCloseTo(probability, 7);
  }
}

test.each(oracle.texts_logistic)("weights and probabilities are scikit-learn's: $name", async (one) => {
  const examples = oracle.texts.map(([label, text]) => ({
    text,
    label: one.classes.includes(label) ? label : "other",
  }));
  const { labels, classOf } = classesOf(examples);
  expect(labels).toEqual(one.classes);
  const toRows = tfidfRows(await fitTfidf(examples.map(({ text }) => text)));
  const rows = toRows(examples.map(({ text }) => text));
  const { model, converged } = await fitLogistic(rows, classOf, labels.length, { c: one.c, ...exactly });
  expect(converged).toBe(true);
  expectSolution(model, classProbabilities(model, toRows(oracle.unseen)), one);
});

test.each(oracle.dense_logistic)("weights and probabilities are scikit-learn's: $name", async (one) => {
  const vectors = one.features.map((row) => Float32Array.from(row));
  const features = denseMatrix(vectors, vectors[0]!.length);
  const classOf = Uint32Array.from(one.classOf);
  const { model } = await fitLogistic(features, classOf, one.classes.length, { c: one.c, ...exactly });
  expectSolution(model, classProbabilities(model, features), one);
});

const problem = fc
  .record({
    seed: fc.integer(),
    rows: fc.integer({ min: 3, max: 12 }),
    classes: fc.integer({ min: 2, max: 4 }),
  })
  .map(({ seed, rows, classes }) => {
    const random = seededRandom(seed);
    const columns = 3;
    const vectors = Array.from({ length: rows }, () =>
      Float32Array.from({ length: columns }, () => 4 * random.next() - 2),
    );
    const classOf = Uint32Array.from({ length: rows }, () => Math.floor(random.next() * classes));
    return { random, classes, classOf, features: denseMatrix(vectors, columns) };
  });

test("the gradient is the objective's slope, by differences in a random direction", () => {
  fc.assert(
    fc.property(problem, ({ random, classes, classOf, features }) => {
      const objective = logisticObjective(features, classOf, { classes, c: 0.7 });
      const size = (features.columns + 1) * (classes === 2 ? 1 : classes);
      const point = Float64Array.from({ length: size }, () => 2 * random.next() - 1);
      const direction = Float64Array.from({ length: size }, () => 2 * random.next() - 1);
      const gradient = new Float64Array(size);
      objective(point, gradient);
      const slope = gradient.reduce((sum, component, j) => sum + component * direction[j]!, 0);
      const valueAt = (step: number): number =>
        objective(
          point.map((component, j) => component + step * direction[j]!),
          new Float64Array(size),
        );
      // Central differences: the error is of the order of step² and of rounding / step.
      expect((valueAt(1e-5) - valueAt(-1e-5)) / 2e-5).toBeCloseTo(slope, 7);
    }),
  );
});

test("the solution's gradient is below the tolerance, and nearby points are worse", async () => {
  await fc.assert(
    fc.asyncProperty(
      problem,
      fc.constantFrom(0.01, 1, 100),
      async ({ random, classes, classOf, features }, c) => {
        const { model, gradientNorm, converged } = await fitLogistic(features, classOf, classes, {
          c,
          tolerance: 1e-8,
        });
        expect(converged).toBe(true);
        const objective = logisticObjective(features, classOf, { classes, c });
        const point = Float64Array.of(...model.weights, ...model.intercepts);
        const gradient = new Float64Array(point.length);
        const value = objective(point, gradient);
        expect(Math.max(...gradient.map(Math.abs))).toBe(gradientNorm);
        expect(gradientNorm).toBeLessThan(1e-8);
        const near = point.map((component) => component + 0.02 * (random.next() - 0.5));
        expect(objective(near, gradient)).toBeGreaterThan(value);
      },
    ),
    { numRuns: 30 },
  );
});

test("probabilities sum to one for logits that exp cannot take, and small ones keep their digits", () => {
  const of = (classes: number, logits: readonly number[]): Float64Array =>
    classProbabilities(
      {
        classes,
        outputs: logits.length,
        weights: Float64Array.from(logits),
        intercepts: new Float64Array(logits.length),
      },
      denseMatrix([Float32Array.of(1)], 1),
    );
  expect([...of(2, [1_000])]).toEqual([0, 1]);
  expect([...of(3, [1_000, -1_000, 1_000])]).toEqual([0.5, 0, 0.5]);
  // e⁻¹⁰⁰, by any calculator of more digits.
  expect(of(2, [100])[0]! / 3.720075976020836e-44).toBeCloseTo(1, 12);
  expect(of(3, [0, 0, 100])[0]! / 3.720075976020836e-44).toBeCloseTo(1, 12);
});

test("the same data give the same bits", async () => {
  const [one] = oracle.dense_logistic;
  const vectors = one!.features.map((row) => Float32Array.from(row));
  const fitted = () => fitLogistic(denseMatrix(vectors, 5), Uint32Array.from(one!.classOf), 4);
  expect(await fitted()).toEqual(await fitted());
});

test("features that are NaN or infinite and settings below zero are refused", async () => {
  const fitted = (value: number, options = {}) =>
    fitLogistic(
      denseMatrix([Float32Array.of(1), Float32Array.of(value)], 1),
      Uint32Array.of(0, 1),
      2,
      options,
    );
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(fitted(bad)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringContaining("item 2"),
    });
  }
  for (const c of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(fitted(2, { c })).rejects.toMatchObject({ code: "bad-option" });
  }
});
