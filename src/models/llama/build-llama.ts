/**
 * Decoders of the Llama family as a graph (huggingface/transformers, models/llama/modeling_llama.py): RMSNorm, rotary positions,
 * grouped-query attention, SwiGLU. Activations are matrices [tokens, width], so that every linear layer is one Gemm.
 */
import type { TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder } from "../../graph/builder.ts";
import { tensorOf } from "../../graph/values.ts";
import { activated } from "../activation.ts";
import type { LlamaConfig } from "./config.ts";
import { ropeTables } from "./rope.ts";

export interface Batch {
  readonly rows: number;
  /** Tokens of each row. */
  readonly length: number;
}

/** Gives a weight of the model by its name, such as "model.norm.weight". */
export type Weights = (name: string) => TensorRef;

/**
 * Adds inputs input_ids, position_ids and segment_ids (all int64 [rows, length]) and the layers. Tokens see earlier ones of their
 * own segment only, so that several texts may lie in one row.
 * @returns the name of the last hidden states [rows · length, hidden], after the final norm.
 */
export function buildLlama(
  build: Builder,
  config: LlamaConfig,
  weights: Weights,
  { rows, length }: Batch,
): string {
  const ids = build.input("input_ids", "int64", [rows, length]);
  const positions = build.input("position_ids", "int64", [rows, length]);
  const segments = build.input("segment_ids", "int64", [rows, length]);
  const mask = build.within("mask", () => causalMask(build, segments, length, config.window));
  const group = config.heads / config.keyValueHeads;
  const attend: Attend = ({ queries, keys, values }) => {
    const scores = build.op("MatMul", [queries, build.op("Transpose", [keys], { perm: [0, 1, 3, 2] })]);
    const sides = [rows, config.keyValueHeads, group, length, length];
    const masked = build.op("Add", [build.op("Reshape", [scores, build.ints(sides)]), mask]);
    const shares = build.op("Softmax", [masked], { axis: -1 });
    const flat = build.ints([rows, config.keyValueHeads, group * length, length]);
    return build.op("MatMul", [build.op("Reshape", [shares, flat]), values]);
  };
  return addLayers(build, config, weights, { rows, length, reach: length, ids, positions, attend });
}

export interface Projected {
  /** [rows, keyValueHeads, group · length, headSize], scaled: heads that share keys lie behind one another. */
  readonly queries: string;
  /** [rows, keyValueHeads, length, headSize] */
  readonly keys: string;
  readonly values: string;
  readonly layer: number;
}
/** What tokens take from those that they see, in the queries' shape. */
export type Attend = (projected: Projected) => string;

export interface LayerInputs extends Batch {
  /** Positions that there are. */
  readonly reach: number;
  readonly ids: string;
  readonly positions: string;
  readonly attend: Attend;
}

/** All layers, whichever tokens see each other. @returns as `buildLlama`. */
export function addLayers(
  build: Builder,
  config: LlamaConfig,
  weights: Weights,
  { rows, length, reach, ids, positions, attend }: LayerInputs,
): string {
  const weight = (name: string): string => (build.typeOf(name) ? name : build.weight(name, weights(name)));
  const { hidden, heads, keyValueHeads, headSize, biases } = config;
  const tokens = rows * length;
  const tables = ropeTables(config.rope, headSize, reach);
  const [cos, sin] = (["cos", "sin"] as const).map((name) =>
    build.weight(
      `rope.${name}`,
      tensorOf({ dtype: "float32", shape: [reach, headSize / 2], values: tables[name] }),
    ),
  ) as [string, string];

  const reshape = (x: string, shape: readonly number[]): string =>
    build.op("Reshape", [x, build.ints(shape)]);
  const norm = (x: string, name: string): string => {
    const stored = weight(`${name}.weight`);
    const scale = config.gemma ? build.op("Add", [stored, build.scalar(1)]) : stored;
    return build.op("RMSNormalization", [x, scale], { axis: -1, epsilon: config.normEpsilon });
  };
  const linear = (x: string, name: string, bias: boolean): string =>
    build.op("Gemm", [x, weight(`${name}.weight`), ...(bias ? [weight(`${name}.bias`)] : [])], { transB: 1 });

  /** [tokens, count · headSize] → [rows, count, length, headSize] */
  const byHead = (x: string, count: number): string =>
    build.op("Transpose", [reshape(x, [rows, length, count, headSize])], { perm: [0, 2, 1, 3] });
  function rotated(x: string, count: number, name: string): string {
    const normed = config.headNorms
      ? reshape(norm(reshape(x, [tokens * count, headSize]), name), [rows, length, count * headSize])
      : reshape(x, [rows, length, count * headSize]);
    return byHead(build.op("RotaryEmbedding", [normed, cos, sin, positions], { num_heads: count }), count);
  }

  function attention(x: string, name: string, layer: number): string {
    const group = heads / keyValueHeads;
    const projected = (kind: string): string => linear(x, `${name}.${kind}_proj`, biases.queryKeyValue);
    const queries = rotated(projected("q"), heads, `${name}.q_norm`);
    const keys = rotated(projected("k"), keyValueHeads, `${name}.k_norm`);
    const values = byHead(projected("v"), keyValueHeads);
    // Heads that share keys are more rows of the same product, and keys are never repeated.
    const grouped = reshape(queries, [rows, keyValueHeads, group * length, headSize]);
    const scaled = build.op("Mul", [grouped, build.scalar(1 / Math.sqrt(headSize))]);
    const mixed = attend({ queries: scaled, keys, values, layer });
    const joined = build.op("Transpose", [reshape(mixed, [rows, heads, length, headSize])], {
      perm: [0, 2, 1, 3],
    });
    return linear(reshape(joined, [tokens, heads * headSize]), `${name}.o_proj`, biases.output);
  }

  function mlp(x: string, name: string): string {
    const gate = activated(build, linear(x, `${name}.gate_proj`, biases.mlp), config.activation);
    return linear(
      build.op("Mul", [gate, linear(x, `${name}.up_proj`, biases.mlp)]),
      `${name}.down_proj`,
      biases.mlp,
    );
  }

  const embedded = build.op("Gather", [weight("model.embed_tokens.weight"), ids], { axis: 0 });
  let x = reshape(embedded, [tokens, hidden]);
  // As the original computes it: the root in the precision of the weights.
  if (config.gemma) x = build.op("Mul", [x, build.scalar(Math.sqrt(hidden))]);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `model.layers.${layer}`;
    x = build.within(name, () => {
      const attended = build.op("Add", [
        x,
        attention(norm(x, `${name}.input_layernorm`), `${name}.self_attn`, layer),
      ]);
      return build.op("Add", [
        attended,
        mlp(norm(attended, `${name}.post_attention_layernorm`), `${name}.mlp`),
      ]);
    });
  }
  return norm(x, "model.norm");
}

/** Shares of tokens that are not seen are 0 in float32 whatever the scores. */
export const UNSEEN = -1e9;

/** [rows, 1, 1, length, length], to be added to scores. */
function causalMask(build: Builder, segments: string, length: number, window: number | undefined): string {
  const own = build.op("Unsqueeze", [segments, build.ints([1, 2, 4])]);
  const others = build.op("Unsqueeze", [segments, build.ints([1, 2, 3])]);
  const index = build.ints(Array.from({ length }, (_, at) => at));
  const back = build.op("Sub", [build.op("Unsqueeze", [index, build.ints([1])]), index]);
  const earlier = build.op("GreaterOrEqual", [back, build.scalar(0, "int64")]);
  const near =
    window === undefined || window >= length
      ? earlier
      : build.op("And", [earlier, build.op("Less", [back, build.scalar(window, "int64")])]);
  const seen = build.op("And", [build.op("Equal", [own, others]), near]);
  return build.op("Where", [seen, build.scalar(0), build.scalar(UNSEEN)]);
}
