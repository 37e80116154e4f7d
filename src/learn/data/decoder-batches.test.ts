import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../core/random.ts";
import type { BatchTensor } from "./batch-tensor.ts";
import { type DecoderPlan, decoderEpoch, fillDecoderBatch, planDecoderBatches } from "./decoder-batches.ts";
import type { TokenSequence } from "./encode-sequences.ts";
import { packRows } from "./pack-rows.ts";

/** Ids tell sequence and place; two of three tokens are learned. */
const sequencesOf = (lengths: readonly number[]): TokenSequence[] =>
  lengths.map((length, example) => ({
    ids: Array.from({ length }, (_, at) => 1 + example * 100 + at),
    kept: Uint8Array.from({ length }, (_, at) => (at > 0 && at % 3 > 0 ? 1 : 0)),
    example,
  }));
const sizes = fc.array(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 40 });
const shape = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  length: fc.integer({ min: 40, max: 90 }),
  packed: fc.boolean(),
});
const when = fc.record({ seed: fc.integer(), epoch: fc.nat(3) });

const numbers = (tensor: BatchTensor | undefined): number[] =>
  Array.from(tensor!.data as ArrayLike<number | bigint>, Number);

/** What is learned from what: the label, and the tokens of its segment up to it. */
function lessons(plan: DecoderPlan, epoch: { seed: number; epoch: number }): string[] {
  return decoderEpoch(plan, epoch).flatMap((batch) => {
    const { feeds, kept } = fillDecoderBatch(plan, batch, { padId: 0 });
    const [ids, segments, positions, rows, labels, weights] = [
      "input_ids", "segment_ids", "position_ids", "loss_rows", "loss_labels", "loss_weights",
    ].map((name) => numbers(feeds[name])) as [number[], number[], number[], number[], number[], number[]]; // biome-ignore format: one line
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(kept);
    return rows.flatMap((row, at) => {
      if (weights[at] === 0) return [];
      const start = Math.floor(row / plan.length) * plan.length;
      const seen = ids.slice(start, row + 1).filter((_, back) => segments[start + back] === segments[row]);
      expect(positions[row]).toBe(seen.length - 1);
      return [`${seen} -> ${labels[at]}`];
    });
  });
}

test("packing loses nothing and repeats nothing: each label is learned once, from its own sequence alone", () => {
  fc.assert(
    fc.property(sizes, shape, when, (lengths, options, epoch) => {
      const sequences = sequencesOf(lengths);
      const plan = planDecoderBatches(sequences, options);
      const wanted = sequences.flatMap(({ ids, kept }) =>
        ids.flatMap((id, at) => (kept[at] === 1 ? [`${ids.slice(0, at)} -> ${id}`] : [])),
      );
      expect(lessons(plan, epoch).sort()).toEqual(wanted.sort());
    }),
  );
});

test("batches of another size hold the same", () => {
  fc.assert(
    fc.property(sizes, when, (lengths, epoch) => {
      const sequences = sequencesOf(lengths);
      const [small, large] = [1, 3].map((rows) => planDecoderBatches(sequences, { rows, length: 64 })) as [
        DecoderPlan,
        DecoderPlan,
      ];
      expect(lessons(large, epoch)).toEqual(lessons(small, epoch));
      expect(large.tokens - large.padding).toBe(small.tokens - small.padding);
    }),
  );
});

test("every epoch has as many batches of the one shape, in an order of its own", () => {
  const plan = planDecoderBatches(sequencesOf(Array.from({ length: 60 }, (_, at) => 2 + (at % 17))), {
    rows: 2,
    length: 32,
  });
  const orders = [0, 1, 2].map((epoch) => decoderEpoch(plan, { seed: 5, epoch }));
  for (const batches of orders) {
    expect(batches).toHaveLength(plan.batches);
    for (const batch of batches) {
      expect(fillDecoderBatch(plan, batch, { padId: 0 }).feeds["input_ids"]!.shape).toEqual([2, 32]);
    }
  }
  expect(decoderEpoch(plan, { seed: 5, epoch: 1 })).toEqual(orders[1]);
  expect(orders[1]).not.toEqual(orders[0]);
});

test("rows are few: at most one is no more than half full, and their number is the same for every seed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 80 }),
      fc.integer(),
      (lengths, seed) => {
        const rows = packRows(lengths, 50, seededRandom(seed));
        expect([...rows.flat()].sort((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
        const filled = rows.map((row) => row.reduce((sum, at) => sum + lengths[at]!, 0));
        expect(Math.max(...filled)).toBeLessThanOrEqual(50);
        // Two rows that are at most half full would have been one.
        expect(filled.filter((size) => size <= 25).length).toBeLessThanOrEqual(1);
        expect(rows).toHaveLength(packRows(lengths, 50, seededRandom(seed + 1)).length);
      },
    ),
  );
});

test("what fills up has a segment and an id of its own, whatever the id of the end of texts", () => {
  const plan = planDecoderBatches(sequencesOf([3]), { rows: 2, length: 5 });
  const { feeds } = fillDecoderBatch(plan, decoderEpoch(plan, { seed: 1, epoch: 0 })[0]!, { padId: 3 });
  expect(numbers(feeds["input_ids"])).toEqual([1, 2, 3, 3, 3, 3, 3, 3, 3, 3]);
  expect(numbers(feeds["segment_ids"])).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(numbers(feeds["loss_labels"]).filter((_, at) => numbers(feeds["loss_weights"])[at] === 1)).toEqual([
    2, 3,
  ]);
});

test.each([
  [0, 40],
  [1, 30],
  [1, 40.5],
])("%i rows of %d tokens cannot hold a sequence of 40", (rows, length) => {
  expect(() => planDecoderBatches(sequencesOf([40]), { rows, length })).toThrow("cannot have");
});
