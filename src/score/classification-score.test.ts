import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../core/random.ts";
import { accuracy, confusionMatrix, macroF1, macroF1Interval } from "./classification-score.ts";

const text = (values: readonly number[]): string[] => values.map(String);

test("the confusion matrix of scikit-learn's confusion_matrix example", () => {
  const found = confusionMatrix(["0", "1", "2"], text([2, 0, 2, 2, 0, 1]), text([0, 0, 2, 2, 0, 2]));
  expect(found.counts).toEqual([
    [2, 0, 0],
    [0, 0, 1],
    [1, 0, 2],
  ]);
});

test("macro F1 of scikit-learn's f1_score example is 0.2666…", () => {
  const matrix = confusionMatrix(["0", "1", "2"], text([0, 1, 2, 0, 1, 2]), text([0, 2, 1, 0, 0, 1]));
  expect(macroF1(matrix)).toBeCloseTo(0.26666666666666666, 12);
});

test("a class that never occurs does not move macro F1; one that is only predicted counts as 0", () => {
  const truth = ["a", "a", "b"];
  expect(macroF1(confusionMatrix(["a", "b", "never"], truth, ["a", "a", "b"]))).toBe(1);
  expect(macroF1(confusionMatrix(["a", "b", "c"], truth, ["a", "a", "c"]))).toBeCloseTo(1 / 3, 12);
});

test("accuracy counts equal labels", () => {
  expect(accuracy(["a", "b", "a", "b"], ["a", "b", "b", "b"]).value).toBe(0.75);
});

test("an unknown label or unequal lengths are our bug", () => {
  expect(() => confusionMatrix(["a"], ["a"], ["b"])).toThrow("internal");
  expect(() => confusionMatrix(["a"], ["a"], [])).toThrow("internal");
  expect(() => accuracy([], [])).toThrow("internal");
});

const labels = ["a", "b", "c"];
const pairs = fc.array(fc.tuple(fc.constantFrom(...labels), fc.constantFrom(...labels)), { minLength: 1 });

test("rows add up to true counts, columns to predicted ones, the diagonal to accuracy", () => {
  fc.assert(
    fc.property(pairs, (items) => {
      const [truth, predicted] = [items.map((item) => item[0]), items.map((item) => item[1])];
      const { counts } = confusionMatrix(labels, truth, predicted);
      for (const [at, label] of labels.entries()) {
        const row = counts[at]!.reduce((a, b) => a + b, 0);
        const column = counts.reduce((a, b) => a + b[at]!, 0);
        expect(row).toBe(truth.filter((one) => one === label).length);
        expect(column).toBe(predicted.filter((one) => one === label).length);
      }
      const diagonal = counts.reduce((a, row, at) => a + row[at]!, 0);
      expect(accuracy(truth, predicted).value).toBeCloseTo(diagonal / items.length, 12);
    }),
  );
});

test("macro F1 lies in [0, 1], is 1 for the truth itself and does not depend on the order of labels", () => {
  fc.assert(
    fc.property(pairs, (items) => {
      const [truth, predicted] = [items.map((item) => item[0]), items.map((item) => item[1])];
      const score = macroF1(confusionMatrix(labels, truth, predicted));
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
      expect(macroF1(confusionMatrix(labels.toReversed(), truth, predicted))).toBeCloseTo(score, 12);
      expect(macroF1(confusionMatrix(labels, truth, truth))).toBe(1);
    }),
  );
});

test("the bootstrap interval of macro F1 narrows with more items", () => {
  const truth = Array.from({ length: 1_000 }, (_, at) => labels[at % 3]!);
  const predicted = truth.map((label, at) => (at % 7 === 0 ? "a" : label));
  const small = macroF1Interval(labels, truth.slice(0, 50), predicted.slice(0, 50), seededRandom(1));
  const large = macroF1Interval(labels, truth, predicted, seededRandom(1));
  expect(large.high - large.low).toBeLessThan(small.high - small.low);
  expect(large.value).toBe(macroF1(confusionMatrix(labels, truth, predicted)));
});
