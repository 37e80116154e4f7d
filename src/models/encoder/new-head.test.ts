import { expect, test } from "vitest";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { knownValues, tensorOf } from "../../graph/values.ts";
import { headShapes, withNewHead } from "./new-head.ts";

const tensor = (...shape: number[]): TensorRef =>
  tensorOf({ dtype: "float32", shape, values: Array(shape.reduce((a, b) => a * b, 1)).fill(7) });
const numbers = (found: TensorRef | undefined): readonly number[] => knownValues(found!)!.values;
const SIZES = { hidden: 40, labels: 3 };

test("what the files have in the right shape stays", () => {
  const files = new Map([["classifier.weight", tensor(3, 40)]]);
  const lookup = withNewHead((name) => files.get(name), headShapes("bert", SIZES), 1);
  expect(lookup("classifier.weight")).toBe(files.get("classifier.weight"));
  expect(numbers(lookup("classifier.bias"))).toEqual([0, 0, 0]);
  expect(lookup("bert.pooler.dense.weight")).toBeUndefined();
});

test("a head for another number of classes is replaced, the same for the same seed", () => {
  const files = new Map([["classifier.out_proj.weight", tensor(2, 40)]]);
  const head = (seed: number): readonly number[] =>
    numbers(
      withNewHead(
        (name) => files.get(name),
        headShapes("roberta", SIZES),
        seed,
      )("classifier.out_proj.weight"),
    );
  expect(head(1)).toHaveLength(120);
  expect(head(1)).toEqual(head(1));
  expect(head(2)).not.toEqual(head(1));
});

test("new weights are spread as transformers spreads them", () => {
  const lookup = withNewHead(() => undefined, headShapes("distilbert", SIZES), 3);
  const values = numbers(lookup("pre_classifier.weight"));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.003);
  expect(deviation).toBeGreaterThan(0.018);
  expect(deviation).toBeLessThan(0.022);
});

test("heads of tokens are one layer in every family", () => {
  expect([...headShapes("roberta", { ...SIZES, what: "tokens" }).keys()]).toEqual([
    "classifier.weight",
    "classifier.bias",
  ]);
});
