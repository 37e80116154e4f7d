import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseLengths } from "./choose-lengths.ts";
import type { EncodedTexts, LabelLayout } from "./encode-texts.ts";
import { epochBatches, fillEncoderBatch, type PlanOptions, planEncoderBatches } from "./encoder-batches.ts";

const FILL = { padId: 0, types: true };

/** Texts whose ids tell item and text; labels tell the item. */
function texts(layout: LabelLayout, lengths: readonly number[], parts = 1): EncodedTexts {
  const items = lengths.map((length, item) => ({
    texts: Array.from({ length: parts }, (_, part) => ({
      ids: Array.from({ length }, (_, at) => 1 + (item * parts + part) * 100 + at),
      types: Array(length).fill(1),
    })),
    labels: layout === "token" ? Array(length).fill(item) : layout === "none" ? [] : [item],
  }));
  return { layout, items, names: ["a"], truncated: 0, lostLabels: 0 };
}

const lengthsOf = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });
const options = fc.record({
  batchTokens: fc.integer({ min: 1, max: 400 }),
  batchItems: fc.integer({ min: 1, max: 9 }),
  most: fc.integer({ min: 1, max: 4 }),
});
const when = fc.record({ seed: fc.integer(), epoch: fc.nat(5) });

test.each(["class", "none"] as const)(
  "an epoch has every item once, in few shapes, whatever lengths and budget: %s",
  (layout) => {
    fc.assert(
      fc.property(lengthsOf, options, when, (lengths, plan: PlanOptions, epoch) => {
        const made = planEncoderBatches(texts(layout, lengths, layout === "none" ? 2 : 1), plan);
        const batches = epochBatches(made, epoch);
        const items = batches.flatMap((batch) => batch.items);
        expect([...items].sort((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
        const shapes = new Set(made.shapes.map(({ rows, length }) => `${rows} ${length}`));
        expect(shapes.size).toBeLessThanOrEqual((plan.most ?? 4) * (layout === "none" ? 2 : 1));
        for (const batch of batches) {
          expect(shapes.has(`${batch.rows} ${batch.length}`)).toBe(true);
          expect(batch.items.length).toBeLessThanOrEqual(plan.batchItems!);
          for (const item of batch.items) expect(lengths[item]).toBeLessThanOrEqual(batch.length);
          if (batch.items.length > 1) expect(batch.rows * batch.length).toBeLessThanOrEqual(plan.batchTokens);
        }
        const tokens = batches.reduce((sum, { rows, length }) => sum + rows * length, 0);
        expect(made.tokens).toBe(tokens);
      }),
    );
  },
);

test("the order depends on seed and epoch alone", () => {
  const plan = planEncoderBatches(
    texts(
      "class",
      Array.from({ length: 50 }, (_, at) => 1 + (at % 30)),
    ),
    {
      batchTokens: 64,
    },
  );
  const order = (seed: number, epoch: number) => JSON.stringify(epochBatches(plan, { seed, epoch }));
  expect(order(1, 0)).toBe(order(1, 0));
  expect(order(1, 1)).not.toBe(order(1, 0));
  expect(order(2, 0)).not.toBe(order(1, 0));
});

test("each kept label comes once, at the token that it belongs to; masks are by length", () => {
  fc.assert(
    fc.property(lengthsOf, options, (lengths, plan: PlanOptions) => {
      const made = planEncoderBatches(texts("token", lengths), plan);
      const seen = new Map<number, number>();
      for (const batch of epochBatches(made, { seed: 1, epoch: 0 })) {
        const { input_ids, attention_mask, labels } = fillEncoderBatch(made, batch, FILL);
        expect(labels!.shape).toEqual([batch.rows * batch.length]);
        for (const [at, label] of labels!.data.entries()) {
          if (Number(label) === -100) continue;
          const id = Number(input_ids!.data[at]);
          expect(Math.floor((id - 1) / 100)).toBe(Number(label));
          expect(Number(attention_mask!.data[at])).toBe(1);
          seen.set(id, (seen.get(id) ?? 0) + 1);
        }
        for (let row = 0; row < batch.rows; row++) {
          const item = batch.items[row];
          const ones = attention_mask!.data.slice(row * batch.length, (row + 1) * batch.length).join("");
          const size = item === undefined ? 1 : lengths[item]!;
          expect(ones).toBe("1".repeat(size) + "0".repeat(batch.length - size));
        }
      }
      expect(seen.size).toBe(lengths.reduce((sum, length) => sum + length, 0));
      expect([...seen.values()].every((count) => count === 1)).toBe(true);
    }),
  );
});

test("texts that are compared lie as the losses read them: all first ones, then all second ones", () => {
  const made = planEncoderBatches(texts("score", [3, 5, 8], 2), { batchTokens: 64 });
  expect(made.shapes).toEqual([{ rows: 6, length: 8 }]);
  const [batch] = epochBatches(made, { seed: 3, epoch: 0 });
  const { input_ids, labels } = fillEncoderBatch(made, batch!, FILL);
  const firsts = Array.from({ length: 6 }, (_, row) => (Number(input_ids!.data[row * 8]) - 1) / 100);
  expect(firsts).toEqual([
    ...batch!.items.map((item) => 2 * item),
    ...batch!.items.map((item) => 2 * item + 1),
  ]);
  expect(labels).toMatchObject({ shape: [3], data: Float32Array.from(batch!.items) });
});

test("rows that only fill up count nowhere, in every layout of labels", () => {
  const fill = (layout: LabelLayout) => {
    const made = planEncoderBatches(texts(layout, [8, 8, 8]), { batchTokens: 16 });
    const last = epochBatches(made, { seed: 1, epoch: 0 }).find(({ items }) => items.length === 1)!;
    expect(last.rows).toBe(2);
    return [...fillEncoderBatch(made, last, FILL)["labels"]!.data].map(Number).slice(-1);
  };
  expect(fill("class")).toEqual([-100]);
  expect(fill("token")).toEqual([-100]);
  expect(fill("multi")).toEqual([-100]);
  expect(fill("number")).toEqual([Number.NaN]);
  expect(fill("score")).toEqual([Number.NaN]);
});

test("the chosen lengths fill up as little as any other choice of as many", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 3 }), (rows, most) => {
      const cost = (lengths: readonly number[]) =>
        rows.reduce(
          (sum, row) => sum + (lengths.find((length) => length >= row) ?? Number.POSITIVE_INFINITY),
          0,
        );
      const chosen = chooseLengths(rows, { most, multiple: 1 });
      expect(chosen.length).toBeLessThanOrEqual(most);
      const longest = Math.max(...rows);
      let best = cost([longest]);
      for (let a = 1; a < longest && most > 1; a++) {
        best = Math.min(best, cost([a, longest]));
        for (let b = a + 1; b < longest && most > 2; b++) best = Math.min(best, cost([a, b, longest]));
      }
      expect(cost(chosen)).toBe(best);
    }),
  );
});

test("batches without room are refused", () => {
  expect(() => planEncoderBatches(texts("class", [3]), { batchTokens: 0 })).toThrow("cannot be empty");
});
