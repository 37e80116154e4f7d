/**
 * ModernBERT as a graph (huggingface/transformers, models/modernbert/modeling_modernbert.py): norms before each part, gated Gelu,
 * rotary positions, and layers that see everything between others that see their surroundings only.
 */
import type { Builder } from "../../graph/builder.ts";
import { tensorOf } from "../../graph/values.ts";
import { type Activation, activated, readActivation } from "../activation.ts";
import { type ConfigReader, readConfig } from "../config-reader.ts";
import type { Encoded } from "../encoder/encoder.ts";
import { type Batch, encoderLayers } from "../encoder/layers.ts";
import { meanPool } from "../encoder/pool.ts";
import { findWeight, type Spelling, type WeightLookup } from "../find-weight.ts";
import { type RopeConfig, readRope, ropeTables } from "../llama/rope.ts";

type Reach = "full_attention" | "sliding_attention";

export interface ModernBertConfig {
  /** What each layer sees. */
  readonly reaches: readonly Reach[];
  readonly hidden: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly positions: number;
  /** How far a layer sees that does not see everything. */
  readonly window: number;
  readonly ropes: Readonly<Record<Reach, RopeConfig>>;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly headActivation: Activation;
  readonly biases: {
    readonly norm: boolean;
    readonly attention: boolean;
    readonly mlp: boolean;
    readonly head: boolean;
  };
  readonly pooling: "cls" | "mean";
}

/** @throws "bad-model" for values that cannot be, "graph-unsupported" for what we cannot build. */
export function readModernBertConfig(file: string, json: unknown): ModernBertConfig {
  const config = readConfig(file, json);
  const type = config.text("model_type");
  if (type !== "modernbert") throw config.unsupported(`its model_type is ${type}`);
  const [hidden, heads] = [config.count("hidden_size"), config.count("num_attention_heads")];
  if (hidden % (2 * heads) !== 0)
    throw config.wrong(`${heads} heads cannot share a width of ${hidden} by pairs`);
  const pooling = config.text("classifier_pooling", "cls");
  if (pooling !== "cls" && pooling !== "mean")
    throw config.unsupported(`its classifier_pooling is ${pooling}`);
  return {
    reaches: reachesOf(config, json as Readonly<Record<string, unknown>>),
    hidden,
    heads,
    vocabulary: config.count("vocab_size"),
    positions: config.count("max_position_embeddings", 8192),
    window: Math.floor(config.count("local_attention", 128) / 2),
    ropes: {
      full_attention: ropeOf(config, "full_attention", "global_rope_theta", 160_000),
      sliding_attention: ropeOf(config, "sliding_attention", "local_rope_theta", 10_000),
    },
    normEpsilon: config.number("norm_eps", 1e-5),
    activation: readActivation(config, "hidden_activation", "gelu"),
    headActivation: readActivation(config, "classifier_activation", "gelu"),
    biases: {
      norm: config.flag("norm_bias", false),
      attention: config.flag("attention_bias", false),
      mlp: config.flag("mlp_bias", false),
      head: config.flag("classifier_bias", false),
    },
    pooling,
  };
}

/** A list of kinds in newer files, a number of layers from one that sees everything to the next in older ones. */
function reachesOf(config: ConfigReader, json: Readonly<Record<string, unknown>>): readonly Reach[] {
  const count = config.count("num_hidden_layers");
  const every = config.count("global_attn_every_n_layers", 3);
  const given = json["layer_types"] ?? undefined;
  if (given === undefined) {
    return Array.from({ length: count }, (_, at) =>
      at % every === 0 ? "full_attention" : "sliding_attention",
    );
  }
  const known = (one: unknown): one is Reach => one === "full_attention" || one === "sliding_attention";
  if (!Array.isArray(given) || given.length !== count || !given.every(known)) {
    throw config.wrong(`its layer_types are no list of ${count} kinds of attention`);
  }
  return given;
}

function ropeOf(config: ConfigReader, reach: Reach, theta: string, otherwise: number): RopeConfig {
  const section = config.section("rope_parameters")?.section(reach);
  return section === undefined
    ? { theta: config.number(theta, otherwise), stretch: (frequency) => frequency }
    : readRope(section);
}

/** Files of the bare encoder have no prefix. */
const SPELLINGS: readonly Spelling[] = [[/^model\./, ""]];

/** Adds inputs input_ids and attention_mask (int64 [rows, length]). */
export function buildModernBert(
  build: Builder,
  config: ModernBertConfig,
  weights: WeightLookup,
  batch: Batch,
): Encoded {
  const layers = encoderLayers(build, (name) => findWeight(weights, name, SPELLINGS), batch);
  const { linear, add, mul, byHead, attention, slice } = layers;
  const { hidden, heads, biases } = config;
  const { rows, length } = batch;
  const ids = build.input("input_ids", "int64", [rows, length]);
  const attentionMask = build.input("attention_mask", "int64", [rows, length]);
  const norm = (value: string, name: string): string =>
    layers.norm(value, name, config.normEpsilon, biases.norm);
  const surroundings = new Map(
    [...new Set(config.reaches)].map((reach) => {
      const window = reach === "full_attention" ? undefined : config.window;
      const mask = build.within("mask", () => layers.mask(attentionMask, window));
      return [reach, { mask, tables: angles(build, config, reach, batch) }];
    }),
  );
  const rotated = (value: string, tables: readonly string[]): string =>
    build.op("RotaryEmbedding", [byHead(value, heads), ...tables]);

  const table = "model.embeddings.tok_embeddings.weight";
  let x = norm(layers.reshape(layers.lookUp(table, ids), [rows * length, hidden]), "model.embeddings.norm");
  for (const [at, reach] of config.reaches.entries()) {
    const layer = `model.layers.${at}`;
    const { mask, tables } = surroundings.get(reach)!;
    x = build.within(layer, () => {
      // The norm of the embeddings serves the first layer.
      const normed = at === 0 ? x : norm(x, `${layer}.attn_norm`);
      const all = linear(normed, `${layer}.attn.Wqkv`, biases.attention);
      const part = (one: number): string => slice(all, 1, one * hidden, (one + 1) * hidden);
      const mixed = attention(
        rotated(part(0), tables),
        rotated(part(1), tables),
        byHead(part(2), heads),
        mask,
      );
      const middle = add(x, linear(mixed, `${layer}.attn.Wo`, biases.attention));
      const both = linear(norm(middle, `${layer}.mlp_norm`), `${layer}.mlp.Wi`, biases.mlp);
      const half = (build.shape(both)[1] as number) / 2;
      const gated = mul(
        activated(build, slice(both, 1, 0, half), config.activation),
        slice(both, 1, half, 2 * half),
      );
      return add(middle, linear(gated, `${layer}.mlp.Wo`, biases.mlp));
    });
  }
  const last = norm(x, "model.final_norm");
  const head = (value: string): string =>
    linear(
      norm(activated(build, linear(value, "head.dense", biases.head), config.headActivation), "head.norm"),
      "classifier",
    );
  const encoded = { layers, hidden: last, attentionMask };
  const whole: Encoded = {
    ...encoded,
    classifyRows: () => head(config.pooling === "cls" ? layers.first(last) : meanPool(whole)),
    classifyTokens: () => head(last),
  };
  return whole;
}

/** What a layer of this reach knows of places: angles and the places themselves, as RotaryEmbedding takes them. */
function angles(
  build: Builder,
  { ropes, hidden, heads }: ModernBertConfig,
  reach: Reach,
  { rows, length }: Batch,
): readonly string[] {
  const half = hidden / heads / 2;
  const tables = Object.entries(ropeTables(ropes[reach], 2 * half, length)).map(([name, values]) =>
    build.weight(`rope.${reach}.${name}`, tensorOf({ dtype: "float32", shape: [length, half], values })),
  );
  const places = Array.from({ length: rows * length }, (_, at) => at % length);
  return [...tables, build.constant({ dtype: "int64", shape: [rows, length], values: places })];
}
