/**
 * BERT (MiniLM is one), RoBERTa, XLM-R and DistilBERT as a graph: one builder, and a table of what each family calls its weights
 * (huggingface/transformers, models/{bert,roberta,distilbert}/modeling_*.py).
 */
import type { Builder } from "../../graph/builder.ts";
import { activated } from "../activation.ts";
import type { Encoded } from "../encoder/encoder.ts";
import { type Batch, type EncoderLayers, encoderLayers } from "../encoder/layers.ts";
import { findWeight, type Spelling, type WeightLookup } from "../find-weight.ts";
import type { BertConfig, BertType } from "./config.ts";

interface Names {
  readonly prefix: string;
  /** Of layer 0, 1 …, without the number. */
  readonly layer: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly output: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly lastNorm: string;
}

const BERT: Names = {
  prefix: "bert",
  layer: "encoder.layer",
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  output: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  lastNorm: "output.LayerNorm",
};
const NAMES: Readonly<Record<BertType, Names>> = {
  bert: BERT,
  roberta: { ...BERT, prefix: "roberta" },
  "xlm-roberta": { ...BERT, prefix: "roberta" },
  distilbert: {
    prefix: "distilbert",
    layer: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    output: "attention.out_lin",
    attentionNorm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    lastNorm: "output_layer_norm",
  },
};

/** Files of the bare encoder have no prefix; BERT's first files call a norm's weight and bias gamma and beta. */
const SPELLINGS: readonly Spelling[] = [
  [/^(bert|roberta|distilbert)\./, ""],
  [/LayerNorm\.weight$/, "LayerNorm.gamma"],
  [/LayerNorm\.bias$/, "LayerNorm.beta"],
];

/** Adds inputs input_ids, attention_mask and, where the family has kinds of segments, token_type_ids (all int64 [rows, length]). */
export function buildBert(build: Builder, config: BertConfig, weights: WeightLookup, batch: Batch): Encoded {
  const layers = encoderLayers(build, (name) => findWeight(weights, name, SPELLINGS), batch);
  const names = NAMES[config.type];
  const { linear, norm, add, byHead, attention } = layers;
  const shape = [batch.rows, batch.length];
  const ids = build.input("input_ids", "int64", shape);
  const attentionMask = build.input("attention_mask", "int64", shape);
  const mask = build.within("mask", () => layers.mask(attentionMask));
  const start = build.within("embeddings", () => embedded(layers, config, ids, attentionMask));
  /** @param seen the tokens whose hidden states are wanted; all others are attended to only. */
  const block = (at: number, x: string, seen: (x: string) => string): string => {
    const layer = `${names.prefix}.${names.layer}.${at}`;
    const named = (part: keyof Names): string => `${layer}.${names[part]}`;
    return build.within(layer, () => {
      const own = seen(x);
      const heads = (of: string, part: keyof Names): string => byHead(linear(of, named(part)), config.heads);
      const [q, k, v] = [heads(own, "query"), heads(x, "key"), heads(x, "value")];
      const attended = linear(attention(q, k, v, mask), named("output"));
      const middle = norm(add(attended, own), named("attentionNorm"), config.normEpsilon);
      const wide = activated(build, linear(middle, named("up")), config.activation);
      return norm(add(linear(wide, named("down")), middle), named("lastNorm"), config.normEpsilon);
    });
  };
  const all = (x: string): string => x;
  let below = start;
  for (let at = 0; at < config.layers - 1; at++) below = block(at, below, all);
  const last = config.layers - 1;
  let whole: string | undefined;
  const hidden = (): string => {
    whole ??= last < 0 ? below : block(last, below, all);
    return whole;
  };
  return {
    layers,
    get hidden() {
      return hidden();
    },
    attentionMask,
    // A head on the first token asks nothing of the others behind the last attention: that layer is nearly saved.
    classifyRows: () =>
      rowHead(layers, config.type, last < 0 ? layers.first(below) : block(last, below, layers.first)),
    classifyTokens: () => linear(hidden(), "classifier"),
  };
}

/** Tokens, positions and kinds of segments, summed up and normalized. */
function embedded(layers: EncoderLayers, config: BertConfig, ids: string, attentionMask: string): string {
  const { build, batch, add, mul, reshape, lookUp, weight } = layers;
  const { rows, length } = batch;
  const of = (name: string): string => `${NAMES[config.type].prefix}.embeddings.${name}`;
  const flat = (x: string): string => reshape(x, [rows * length, config.hidden]);
  let sum = lookUp(of("word_embeddings.weight"), ids);
  if (config.types > 1) {
    const types = build.input("token_type_ids", "int64", [rows, length]);
    sum = add(sum, lookUp(of("token_type_embeddings.weight"), types));
  } else if (config.types === 1) {
    sum = add(sum, weight(of("token_type_embeddings.weight")));
  }
  const { padding } = config;
  const places =
    padding === undefined
      ? build.ints(Array.from({ length }, (_, at) => at))
      : add(
          mul(build.op("CumSum", [attentionMask, build.scalar(1, "int64")]), attentionMask),
          build.scalar(padding, "int64"),
        );
  sum = add(sum, lookUp(of("position_embeddings.weight"), places));
  return layers.norm(flat(sum), of("LayerNorm"), config.normEpsilon);
}

/** @param first [rows, hidden]: the first token of each row. */
function rowHead({ build, linear }: EncoderLayers, type: BertType, first: string): string {
  switch (type) {
    case "bert":
      return linear(build.op("Tanh", [linear(first, "bert.pooler.dense")]), "classifier");
    case "roberta":
    case "xlm-roberta":
      return linear(build.op("Tanh", [linear(first, "classifier.dense")]), "classifier.out_proj");
    case "distilbert":
      return linear(build.op("Relu", [linear(first, "pre_classifier")]), "classifier");
    default:
      return type satisfies never;
  }
}
