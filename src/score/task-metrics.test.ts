/** Against seqeval 1.2.2, scikit-learn 1.9.1 and scipy 1.17.1 (test/oracles/task_metrics.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { classScores } from "./class-scores.ts";
import { confusionMatrix } from "./classification-score.ts";
import { type EntityScore, entityScores } from "./entity-score.ts";
import { regressionScore } from "./regression-score.ts";

interface Row {
  readonly precision: number;
  readonly recall: number;
  readonly "f1-score": number;
  readonly support: number;
}
type Average = Readonly<Record<"precision" | "recall" | "f1", number>>;
const golden: {
  readonly entities: readonly {
    readonly name: string;
    readonly truth: string[][];
    readonly predicted: string[][];
    readonly kinds: Readonly<Record<string, Row>>;
    readonly all: Row;
  }[];
  readonly classes: readonly ({
    readonly truth: string[];
    readonly predicted: string[];
  } & Readonly<Record<"micro" | "macro" | "weighted", Average>>)[];
  readonly numbers: readonly ({ readonly truth: number[]; readonly predicted: number[] } & Readonly<
    Record<"mse" | "mae" | "r2" | "pearson" | "spearman", number>
  >)[];
} = JSON.parse(readFileSync(new URL("../../test/oracles/task-metrics.json", import.meta.url), "utf8"));

const DIGITS = 10;

function expectRow(score: EntityScore, row: Row): void {
  expect(score.precision).toBeCloseTo(row.precision, DIGITS);
  expect(score.recall).toBeCloseTo(row.recall, DIGITS);
  expect(score.f1).toBeCloseTo(row["f1-score"], DIGITS);
  expect(score.support).toBe(row.support);
}

describe("entities are counted as seqeval counts them", () => {
  test.each(golden.entities)("$name", ({ truth, predicted, kinds, all }) => {
    const scores = entityScores(truth, predicted);
    expectRow(scores, all);
    expect([...scores.byKind.keys()]).toEqual(Object.keys(kinds).sort());
    for (const [kind, row] of Object.entries(kinds)) expectRow(scores.byKind.get(kind)!, row);
  });
});

test.each(golden.classes)(
  "classes are averaged as scikit-learn averages them",
  ({ truth, predicted, ...averages }) => {
    const labels = [..."abcdefg"];
    const scores = classScores(confusionMatrix(labels, truth, predicted));
    for (const kind of ["micro", "macro", "weighted"] as const)
      for (const part of ["precision", "recall", "f1"] as const)
        expect(scores[kind][part], `${kind} ${part}`).toBeCloseTo(averages[kind][part], DIGITS);
  },
);

test.each(golden.numbers)(
  "numbers are compared as scikit-learn and scipy compare them",
  ({ truth, predicted, ...told }) => {
    const score = regressionScore(truth, predicted);
    expect(score.meanSquaredError).toBeCloseTo(told.mse, DIGITS);
    expect(score.meanAbsoluteError).toBeCloseTo(told.mae, DIGITS);
    expect(score.r2).toBeCloseTo(told.r2, DIGITS);
    expect(score.pearson).toBeCloseTo(told.pearson, DIGITS);
    expect(score.spearman).toBeCloseTo(told.spearman, DIGITS);
  },
);
