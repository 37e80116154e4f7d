/** Token sequences packed into batches of one shape, as buildLoraStep takes them. */
import { FrugalError } from "../../core/error.ts";
import { shuffled } from "../../core/random.ts";
import { CHUNK } from "../../graph/passes/attach-causal-loss.ts";
import { type BatchTensor, int64 } from "./batch-tensor.ts";
import { MULTIPLE } from "./choose-lengths.ts";
import type { TokenSequence } from "./encode-sequences.ts";
import { type EpochSeed, epochRandom } from "./epoch-order.ts";
import { packRows } from "./pack-rows.ts";

export interface DecoderPlan {
  readonly sequences: readonly TokenSequence[];
  /** Rows of a batch, and tokens of each: the one shape of all batches. */
  readonly rows: number;
  readonly length: number;
  /** Whether several sequences share a row. */
  readonly packed: boolean;
  /** Batches of an epoch. */
  readonly batches: number;
  /** Tokens of all rows of one epoch, and those among them that only fill up. */
  readonly tokens: number;
  readonly padding: number;
}

export interface DecoderPlanOptions {
  readonly rows: number;
  /** At least that of the longest sequence. */
  readonly length: number;
  readonly packed?: boolean;
}

export interface DecoderBatch {
  /** Places of the sequences of each row; rows that are missing only fill up. */
  readonly rows: readonly (readonly number[])[];
}

/** Rows are as short as the longest sequence allows: what attention keeps grows with the square of their length. */
export function decoderShape(
  sequences: readonly Pick<TokenSequence, "ids">[],
  { batchTokens, multiple = MULTIPLE }: { batchTokens: number; multiple?: number },
): { readonly rows: number; readonly length: number } {
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const length = Math.ceil(longest / multiple) * multiple;
  return { length, rows: Math.max(1, Math.floor(batchTokens / length)) };
}

export function planDecoderBatches(
  sequences: readonly TokenSequence[],
  { rows, length, packed = true }: DecoderPlanOptions,
): DecoderPlan {
  const longest = sequences.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  if (!(Number.isSafeInteger(rows) && rows >= 1 && Number.isSafeInteger(length) && length >= longest)) {
    throw new FrugalError({
      code: "bad-option",
      what: `batches cannot have ${rows} rows of ${length} tokens`,
      why: `the longest sequence has ${longest} tokens, and a batch has at least one row`,
      remedy: "give whole numbers that are large enough, or cut sequences to less",
    });
  }
  const plan = { sequences, rows, length, packed };
  // How many rows there are does not depend on the order.
  const batches = Math.ceil(rowsOf(plan, { seed: 0, epoch: 0 }).length / rows);
  const tokens = batches * rows * length;
  const text = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  return { ...plan, batches, tokens, padding: tokens - text };
}

/** All batches of an epoch: each sequence once, in an order that depends on seed and epoch alone. */
export function decoderEpoch(plan: DecoderPlan, when: EpochSeed): readonly DecoderBatch[] {
  const rows = rowsOf(plan, when);
  return Array.from({ length: plan.batches }, (_, at) => ({
    rows: rows.slice(at * plan.rows, (at + 1) * plan.rows),
  }));
}

function rowsOf(
  { sequences, length, packed }: Pick<DecoderPlan, "sequences" | "length" | "packed">,
  when: EpochSeed,
): readonly (readonly number[])[] {
  const random = epochRandom(when);
  const sizes = sequences.map(({ ids }) => ids.length);
  return shuffled(packed ? packRows(sizes, length, random) : sizes.map((_, at) => [at]), random);
}

export interface FilledDecoderBatch {
  /** input_ids, position_ids, segment_ids, loss_rows, loss_labels, loss_weights. */
  readonly feeds: Readonly<Record<string, BatchTensor>>;
  /** Tokens that are learned: what the summed loss is divided by, over all parts of a batch. */
  readonly kept: number;
}

/**
 * Positions begin anew in each sequence, and segments tell sequences apart, so that none sees another. What fills up a row is a
 * segment of its own, and nothing is learned of it.
 */
export function fillDecoderBatch(
  { sequences, rows: count, length }: DecoderPlan,
  { rows }: DecoderBatch,
  { padId }: { padId: number },
): FilledDecoderBatch {
  const shape = [count, length];
  const ids = int64(shape, padId);
  const positions = int64(shape, 0);
  const segments = int64(shape, 0);
  /** Place in the hidden states, and the token that shall follow there. */
  const losses: [row: number, label: number][] = [];
  for (const [row, members] of rows.entries()) {
    let at = row * length;
    for (const [segment, member] of members.entries()) {
      const { ids: tokens, kept } = sequences[member]!;
      for (const [position, id] of tokens.entries()) {
        ids.data[at] = BigInt(id);
        positions.data[at] = BigInt(position);
        segments.data[at] = BigInt(segment + 1);
        if (kept[position] === 1) losses.push([at - 1, id]);
        at++;
      }
    }
  }
  const chunks = [Math.max(1, Math.ceil(losses.length / CHUNK)), CHUNK];
  const lossRows = int64(chunks, 0);
  const lossLabels = int64(chunks, 0);
  const weights = new Float32Array(lossRows.data.length);
  for (const [at, [row, label]] of losses.entries()) {
    lossRows.data[at] = BigInt(row);
    lossLabels.data[at] = BigInt(label);
    weights[at] = 1;
  }
  return {
    feeds: {
      input_ids: ids,
      position_ids: positions,
      segment_ids: segments,
      loss_rows: lossRows,
      loss_labels: lossLabels,
      loss_weights: { dtype: "float32", shape: chunks, data: weights },
    },
    kept: losses.length,
  };
}
