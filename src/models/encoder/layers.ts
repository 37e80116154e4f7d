/** What encoders are made of. Activations are matrices [tokens, width], so that every linear layer is one Gemm. */
import type { TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder } from "../../graph/builder.ts";
import { type Expressions, expressions } from "../../graph/expressions.ts";

/** Rows of one run, and tokens (or patches) of each. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
}

/** Shares of tokens that are not seen are 0 in float32 whatever the scores. */
const UNSEEN = -1e9;

export interface EncoderLayers extends Expressions {
  readonly build: Builder;
  readonly batch: Batch;
  /** A weight under its name, added when it is first used. */
  weight(name: string): string;
  /** x · Wᵀ, with the bias unless there is none. */
  linear(x: string, name: string, bias?: boolean): string;
  norm(x: string, name: string, epsilon: number, bias?: boolean): string;
  /** Rows of a table by indices. */
  lookUp(table: string, indices: string): string;
  /** [tokens, heads · size] → [rows, heads, length, size], or with fewer tokens of each row */
  byHead(x: string, heads: number): string;
  /** Softmax attention of [rows, heads, length, size]; `mask` is added to the scores. → [tokens of q, heads · size] */
  attention(q: string, k: string, v: string, mask?: string): string;
  /** What is added to scores: [rows, 1, 1, length] from the attention mask; tokens further away than `window` are not seen either. */
  mask(attentionMask: string, window?: number): string;
  /** [tokens, width] → [rows, width], of the first token of each row. */
  first(hidden: string): string;
}

export function encoderLayers(
  build: Builder,
  weights: (name: string) => TensorRef,
  batch: Batch,
): EncoderLayers {
  const { rows, length } = batch;
  const math = expressions(build);
  const { reshape, transpose, matmul, add, times, unsqueeze, slice } = math;
  const sides = (x: string): readonly number[] => build.shape(x) as readonly number[];
  const weight = (name: string): string => (build.typeOf(name) ? name : build.weight(name, weights(name)));
  const withBias = (name: string, bias: boolean): string[] => [
    weight(`${name}.weight`),
    ...(bias ? [weight(`${name}.bias`)] : []),
  ];
  return {
    ...math,
    build,
    batch,
    weight,
    linear: (x, name, bias = true) => build.op("Gemm", [x, ...withBias(name, bias)], { transB: 1 }),
    norm: (x, name, epsilon, bias = true) =>
      build.op("LayerNormalization", [x, ...withBias(name, bias)], { axis: -1, epsilon }),
    lookUp: (table, indices) => build.op("Gather", [weight(table), indices], { axis: 0 }),
    byHead: (x, heads) =>
      transpose(reshape(x, [rows, sides(x)[0]! / rows, heads, sides(x)[1]! / heads]), [0, 2, 1, 3]),
    attention(q, k, v, mask) {
      const [, heads, steps, size] = sides(q) as [number, number, number, number];
      const scores = matmul(times(q, 1 / Math.sqrt(size)), transpose(k, [0, 1, 3, 2]));
      const shares = build.op("Softmax", [mask === undefined ? scores : add(scores, mask)], { axis: -1 });
      return reshape(transpose(matmul(shares, v), [0, 2, 1, 3]), [rows * steps, heads * size]);
    },
    mask(attentionMask, window) {
      const seen = build.op("Equal", [unsqueeze(attentionMask, 1, 2), build.scalar(1, "int64")]);
      const near = window === undefined ? seen : build.op("And", [seen, closeBy(build, length, window)]);
      return build.op("Where", [near, build.scalar(0), build.scalar(UNSEEN)]);
    },
    first(hidden) {
      const width = sides(hidden)[1]!;
      return reshape(slice(reshape(hidden, [rows, length, width]), 1, 0, 1), [rows, width]);
    },
  };
}

/** [length, length], true where two places are at most `window` apart. */
function closeBy(build: Builder, length: number, window: number): string {
  const index = build.ints(Array.from({ length }, (_, at) => at));
  const apart = build.op("Abs", [build.op("Sub", [build.op("Unsqueeze", [index, build.ints([1])]), index])]);
  return build.op("LessOrEqual", [apart, build.scalar(window, "int64")]);
}
