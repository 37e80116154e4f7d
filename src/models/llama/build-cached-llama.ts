/** The decoder for generating: a few new tokens that see all earlier ones through their kept keys and values. */
import type { Builder } from "../../graph/builder.ts";
import { addLayers, type Projected, UNSEEN, type Weights } from "./build-llama.ts";
import type { LlamaConfig } from "./config.ts";

export interface CachedShape {
  /** New tokens; those that only fill up come last, and nothing sees them. */
  readonly length: number;
  /** Places for earlier tokens, of which the first `past_length` are filled. */
  readonly capacity: number;
}

export interface CachedLlama {
  /** float32 [1, vocabulary]: of the token at `last_row`. */
  readonly logits: string;
  /** float32 [1, keyValueHeads, length, headSize] of the new tokens, by layer. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

export const pastNames = (layer: number): readonly [keys: string, values: string] => [
  `past_keys.${layer}`,
  `past_values.${layer}`,
];

/**
 * One text. Inputs: input_ids and position_ids (int64 [1, length]), past_length and last_row (int64 [1]), and earlier keys and values of each
 * layer (`pastNames`, float32 [1, keyValueHeads, capacity, headSize]). Earlier and new tokens are scored apart: kept ones are never copied.
 */
export function buildCachedLlama(
  build: Builder,
  config: LlamaConfig,
  weights: Weights,
  { length, capacity }: CachedShape,
): CachedLlama {
  const { keyValueHeads, headSize, layers } = config;
  const group = config.heads / keyValueHeads;
  const ids = build.input("input_ids", "int64", [1, length]);
  const positions = build.input("position_ids", "int64", [1, length]);
  const past = build.input("past_length", "int64", [1]);
  const last = build.input("last_row", "int64", [1]);
  const kept = (name: string): string => build.input(name, "float32", [1, keyValueHeads, capacity, headSize]);
  const stored = Array.from({ length: layers }, (_, layer) => {
    const [oldKeys, oldValues] = pastNames(layer);
    return [kept(oldKeys), kept(oldValues)] as const;
  });
  const mask = build.within("mask", () => cachedMask(build, { length, capacity }, past, config.window));
  const reshape = (x: string, shape: readonly number[]): string =>
    build.op("Reshape", [x, build.ints(shape)]);
  const turned = (x: string): string => build.op("Transpose", [x], { perm: [0, 1, 3, 2] });
  const all = capacity + length;
  const made: { keys: string; values: string }[] = [];
  const attend = ({ queries, keys, values, layer }: Projected): string => {
    const [oldKeys, oldValues] = stored[layer]!;
    made.push({ keys, values });
    const scores = build.op(
      "Concat",
      [build.op("MatMul", [queries, turned(oldKeys)]), build.op("MatMul", [queries, turned(keys)])],
      { axis: -1 },
    );
    const masked = build.op("Add", [reshape(scores, [1, keyValueHeads, group, length, all]), mask]);
    const shares = reshape(build.op("Softmax", [masked], { axis: -1 }), [
      1,
      keyValueHeads,
      group * length,
      all,
    ]);
    const part = (from: number, to: number): string =>
      build.op("Slice", [shares, build.ints([from]), build.ints([to]), build.ints([3])]);
    return build.op("Add", [
      build.op("MatMul", [part(0, capacity), oldValues]),
      build.op("MatMul", [part(capacity, all), values]),
    ]);
  };
  const hidden = addLayers(build, config, weights, { rows: 1, length, reach: all, ids, positions, attend });
  const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
  if (build.typeOf(table) === undefined) build.weight(table, weights(table));
  const logits = build.op("Gemm", [build.op("Gather", [hidden, last], { axis: 0 }), table], { transB: 1 });
  return { logits, keys: made.map(({ keys }) => keys), values: made.map(({ values }) => values) };
}

/** [length, capacity + length], to be added to scores: filled places, and new tokens up to the own one, no further back than the window. */
function cachedMask(
  build: Builder,
  { length, capacity }: CachedShape,
  past: string,
  window: number | undefined,
): string {
  const column = (count: number): string =>
    build.op("Unsqueeze", [build.ints(Array.from({ length: count }, (_, at) => at)), build.ints([1])]);
  const places = build.ints(Array.from({ length: capacity }, (_, at) => at));
  const own = build.op("Sub", [column(length), build.ints(Array.from({ length }, (_, at) => at))]);
  const back = build.op("Sub", [build.op("Add", [column(length), past]), places]);
  const earlier = build.op("GreaterOrEqual", [own, build.scalar(0, "int64")]);
  // A filled place lies further back than the first new token.
  const filled = build.op("Less", [column(length), back]);
  const near = (seen: string, distance: string): string =>
    window === undefined
      ? seen
      : build.op("And", [seen, build.op("Less", [distance, build.scalar(window, "int64")])]);
  const seen = build.op("Concat", [near(filled, back), near(earlier, own)], { axis: 1 });
  return build.op("Where", [seen, build.scalar(0), build.scalar(UNSEEN)]);
}
