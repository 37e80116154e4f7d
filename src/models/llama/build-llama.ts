/**
 * Decoders of the Llama family as a graph (huggingface/transformers, models/llama/modeling_llama.py): RMSNorm, rotary positions,
 * grouped-query attention, SwiGLU. Activations are matrices [tokens, width], so that every linear layer is one Gemm.
 */
import type { TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder } from "../../graph/builder.ts";
import { tensorOf } from "../../graph/values.ts";
import type { LlamaConfig } from "./config.ts";

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
  const weight = (name: string): string => (build.typeOf(name) ? name : build.weight(name, weights(name)));
  const ids = build.input("input_ids", "int64", [rows, length]);
  const positions = build.input("position_ids", "int64", [rows, length]);
  const segments = build.input("segment_ids", "int64", [rows, length]);
  const { hidden, heads, keyValueHeads, headSize } = config;
  const tokens = rows * length;
  const bias = build.within("mask", () => causalBias(build, segments, length));
  const [cos, sin] = ropeCaches(build, config, length);

  const norm = (x: string, name: string): string =>
    build.op("RMSNormalization", [x, weight(`${name}.weight`)], { axis: -1, epsilon: config.normEpsilon });
  const linear = (x: string, name: string): string =>
    build.op("Gemm", [x, weight(`${name}.weight`)], { transB: 1 });
  const reshape = (x: string, shape: readonly number[]): string =>
    build.op("Reshape", [x, build.ints(shape)]);

  const rotate = (x: string, count: number): string =>
    build.op("RotaryEmbedding", [reshape(x, [rows, length, count * headSize]), cos, sin, positions], {
      num_heads: count,
    });
  const split = (x: string, count: number): string =>
    build.op("Transpose", [reshape(x, [rows, length, count, headSize])], { perm: [0, 2, 1, 3] });

  function attention(x: string, name: string): string {
    const group = heads / keyValueHeads;
    // The heads that share keys lie behind each other, so that they are more rows of one product.
    const q = reshape(split(rotate(linear(x, `${name}.q_proj`), heads), heads), [
      rows, keyValueHeads, group * length, headSize,
    ]); // biome-ignore format: one shape
    const k = split(rotate(linear(x, `${name}.k_proj`), keyValueHeads), keyValueHeads);
    const v = split(linear(x, `${name}.v_proj`), keyValueHeads);
    const scale = build.scalar(1 / Math.sqrt(headSize));
    const scores = build.op("MatMul", [
      build.op("Mul", [q, scale]),
      build.op("Transpose", [k], { perm: [0, 1, 3, 2] }),
    ]);
    const masked = build.op("Add", [reshape(scores, [rows, keyValueHeads, group, length, length]), bias]);
    const shares = build.op("Softmax", [masked], { axis: -1 });
    const mixed = build.op("MatMul", [reshape(shares, [rows, keyValueHeads, group * length, length]), v]);
    const joined = build.op("Transpose", [reshape(mixed, [rows, heads, length, headSize])], {
      perm: [0, 2, 1, 3],
    });
    return linear(reshape(joined, [tokens, heads * headSize]), `${name}.o_proj`);
  }

  function mlp(x: string, name: string): string {
    const gate = linear(x, `${name}.gate_proj`);
    const silu = build.op("Mul", [gate, build.op("Sigmoid", [gate])]);
    return linear(build.op("Mul", [silu, linear(x, `${name}.up_proj`)]), `${name}.down_proj`);
  }

  const embedded = build.op("Gather", [weight("model.embed_tokens.weight"), ids], { axis: 0 });
  let x = reshape(embedded, [tokens, hidden]);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `model.layers.${layer}`;
    x = build.within(name, () => {
      const attended = build.op("Add", [
        x,
        attention(norm(x, `${name}.input_layernorm`), `${name}.self_attn`),
      ]);
      return build.op("Add", [
        attended,
        mlp(norm(attended, `${name}.post_attention_layernorm`), `${name}.mlp`),
      ]);
    });
  }
  return norm(x, "model.norm");
}

/** [rows, 1, 1, length, length]: 0 where a token may look, else so low that its share is 0. */
function causalBias(build: Builder, segments: string, length: number): string {
  const own = build.op("Unsqueeze", [segments, build.ints([1, 2, 4])]);
  const others = build.op("Unsqueeze", [segments, build.ints([1, 2, 3])]);
  const index = build.ints(Array.from({ length }, (_, at) => at));
  const earlier = build.op("GreaterOrEqual", [build.op("Unsqueeze", [index, build.ints([1])]), index]);
  const seen = build.op("And", [build.op("Equal", [own, others]), earlier]);
  return build.op("Where", [seen, build.scalar(0), build.scalar(-1e9)]);
}

/** Rotation of each position and pair of channels: [length, headSize / 2] each. */
function ropeCaches(build: Builder, { headSize, ropeTheta }: LlamaConfig, length: number): [string, string] {
  const half = headSize / 2;
  const angles = Array.from({ length: length * half }, (_, at) => {
    const channel = at % half;
    return Math.floor(at / half) / ropeTheta ** (channel / half);
  });
  return [Math.cos, Math.sin].map((of) =>
    build.weight(
      of.name,
      tensorOf({ dtype: "float32", shape: [length, half], values: angles.map((angle) => of(angle)) }),
    ),
  ) as [string, string];
}
