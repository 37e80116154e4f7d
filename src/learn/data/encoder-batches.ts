/** Encoded texts in batches of few shapes: rows of like length together, the order of batches by seed and epoch. */
import { FrugalError } from "../../core/error.ts";
import { shuffled } from "../../core/random.ts";
import { IGNORED } from "../losses/classification.ts";
import type { BatchTensor } from "./batch-tensor.ts";
import { int64 } from "./batch-tensor.ts";
import { chooseLengths, type LengthOptions } from "./choose-lengths.ts";
import type { EncodedTexts, LabelLayout } from "./encode-texts.ts";
import { type EpochSeed, epochRandom } from "./epoch-order.ts";

/** What a graph is built for. */
export interface EncoderShape {
  /** Rows of the graph: items · texts of each. */
  readonly rows: number;
  readonly length: number;
}

interface Bucket extends EncoderShape {
  /** Most items of a batch. */
  readonly room: number;
  readonly items: readonly number[];
}

export interface EncoderPlan {
  readonly texts: EncodedTexts;
  /** Texts of an item. */
  readonly parts: number;
  readonly buckets: readonly Bucket[];
  /** Every shape that a batch of any epoch has. */
  readonly shapes: readonly EncoderShape[];
  /** Tokens of all rows of one epoch, and those among them that only fill up. */
  readonly tokens: number;
  readonly padding: number;
}

export interface PlanOptions extends LengthOptions {
  /** Most tokens of a batch, filling among them; one item is always taken. */
  readonly batchTokens: number;
  /** Most items of a batch. */
  readonly batchItems?: number;
}

export interface EncoderBatch extends EncoderShape {
  /** Places of the items in the encoded texts; rows beyond them only fill up. */
  readonly items: readonly number[];
}

/**
 * Lengths are chosen so that few tokens only fill up. The last batch of a length is filled up with rows that count nowhere, but where
 * every row of a batch counts (`similar` texts): there it is a shape of its own.
 */
export function planEncoderBatches(texts: EncodedTexts, options: PlanOptions): EncoderPlan {
  const { batchTokens, batchItems = Number.POSITIVE_INFINITY } = options;
  if (!(batchTokens >= 1) || !(batchItems >= 1)) {
    throw new FrugalError({
      code: "bad-option",
      what: "a batch cannot be empty",
      why: `at most ${batchItems} examples and ${batchTokens} tokens are asked for`,
      remedy: "give sizes of at least 1",
    });
  }
  const parts = texts.items[0]?.texts.length ?? 1;
  const sizes = texts.items.map((item) => Math.max(...item.texts.map(({ ids }) => ids.length)));
  const lengths = chooseLengths(sizes, options);
  const buckets = lengths.map((length, at): Bucket => {
    const items = sizes.flatMap((size, item) =>
      size <= length && size > (lengths[at - 1] ?? -1) ? [item] : [],
    );
    const most = Math.max(1, Math.min(batchItems, Math.floor(batchTokens / (length * parts))));
    // Evenly large batches: the last one has little to fill up.
    const room = Math.ceil(items.length / Math.ceil(items.length / most));
    return { length, room, rows: room * parts, items };
  });
  const all = buckets.flatMap((bucket) => cutBatches(bucket, bucket.items, { parts, layout: texts.layout }));
  const shapes = new Map(all.map(({ rows, length }) => [`${rows} ${length}`, { rows, length }]));
  const tokens = all.reduce((sum, { rows, length }) => sum + rows * length, 0);
  const text = texts.items.reduce(
    (sum, item) => sum + item.texts.reduce((all, { ids }) => all + ids.length, 0),
    0,
  );
  return { texts, parts, buckets, shapes: [...shapes.values()], tokens, padding: tokens - text };
}

/** All batches of an epoch: each item once, in an order that depends on seed and epoch alone. */
export function epochBatches(
  { buckets, parts, texts }: EncoderPlan,
  when: EpochSeed,
): readonly EncoderBatch[] {
  const random = epochRandom(when);
  const batches = buckets.flatMap((bucket) =>
    cutBatches(bucket, shuffled(bucket.items, random), { parts, layout: texts.layout }),
  );
  return shuffled(batches, random);
}

function cutBatches(
  { length, room, rows }: Bucket,
  items: readonly number[],
  { parts, layout }: { parts: number; layout: LabelLayout },
): EncoderBatch[] {
  return Array.from({ length: Math.ceil(items.length / room) }, (_, at) => {
    const own = items.slice(at * room, (at + 1) * room);
    return { length, rows: layout === "none" ? own.length * parts : rows, items: own };
  });
}

export interface FillOptions {
  /** Id of tokens that only fill up; what it is changes nothing. */
  readonly padId: number;
  /** Whether the model has kinds of segments. */
  readonly types: boolean;
}

/**
 * The inputs of a training step: input_ids, attention_mask, token_type_ids where the model has kinds of segments, and labels where
 * the loss has some. Masks are by length, never by id. Of items with several texts all first ones come first, then all second ones.
 */
export function fillEncoderBatch(
  { texts, parts }: EncoderPlan,
  { rows, length, items }: EncoderBatch,
  { padId, types }: FillOptions,
): Readonly<Record<string, BatchTensor>> {
  const shape = [rows, length];
  const ids = int64(shape, padId);
  const mask = int64(shape, 0);
  const kinds = int64(shape, 0);
  const room = rows / parts;
  for (let row = 0; row < rows; row++) {
    // A row that is all mask would divide by nothing: one that only fills up shows its first token.
    mask.data[row * length] = 1n;
    const item = items[row % room];
    if (item === undefined) continue;
    const text = texts.items[item]!.texts[Math.floor(row / room)]!;
    for (const [at, id] of text.ids.entries()) {
      ids.data[row * length + at] = BigInt(id);
      mask.data[row * length + at] = 1n;
      kinds.data[row * length + at] = BigInt(text.types[at]!);
    }
  }
  const labels = batchLabels(texts, { rows: room, length, items });
  return {
    input_ids: ids,
    attention_mask: mask,
    ...(types && { token_type_ids: kinds }),
    ...(labels !== undefined && { labels }),
  };
}

/** As the losses of src/learn/losses take them; rows that only fill up count nowhere. */
function batchLabels(
  { layout, items: all, names }: EncodedTexts,
  batch: EncoderBatch,
): BatchTensor | undefined {
  const { rows, length, items } = batch;
  const labelsOf = (row: number): readonly number[] =>
    items[row] === undefined ? [] : all[items[row]]!.labels;
  const perRow = (width: number, otherwise: number): number[] =>
    Array.from(
      { length: rows * width },
      (_, at) => labelsOf(Math.floor(at / width))[at % width] ?? otherwise,
    );
  const whole = (width: number): BatchTensor => ({
    dtype: "int64",
    shape: [rows * width],
    data: BigInt64Array.from(perRow(width, IGNORED), BigInt),
  });
  const real = (width: number, shape: readonly number[], otherwise: number): BatchTensor => ({
    dtype: "float32",
    shape,
    data: Float32Array.from(perRow(width, otherwise)),
  });
  switch (layout) {
    case "class":
      return whole(1);
    case "token":
      return whole(length);
    case "multi":
      return real(names.length, [rows, names.length], IGNORED);
    case "number":
      return real(1, [rows, 1], Number.NaN);
    case "score":
      return real(1, [rows], Number.NaN);
    case "none":
      return undefined;
    default:
      return layout satisfies never;
  }
}
