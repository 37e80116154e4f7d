/** What decides the graph of BERT, RoBERTa, XLM-R and DistilBERT, from config.json (huggingface/transformers, models/*\/configuration_*.py). */
import { type Activation, readActivation } from "../activation.ts";
import { readConfig } from "../config-reader.ts";

export const BERT_FAMILY = ["bert", "roberta", "xlm-roberta", "distilbert"] as const;
export type BertType = (typeof BERT_FAMILY)[number];

export interface BertConfig {
  readonly type: BertType;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Rows of the table of positions. */
  readonly positions: number;
  /** Kinds of segments; 0 where the family has none. */
  readonly types: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  /** RoBERTa's positions count tokens from this number + 1 on, and padding has this number itself; undefined: plain places from 0. */
  readonly padding: number | undefined;
}

/** @throws "bad-model" for values that cannot be, "graph-unsupported" for what we cannot build. */
export function readBertConfig(file: string, json: unknown): BertConfig {
  const config = readConfig(file, json);
  const name = config.text("model_type");
  const type = BERT_FAMILY.find((one) => one === name);
  if (type === undefined) throw config.unsupported(`its model_type is ${name}`);
  const distil = type === "distilbert";
  const kind = config.text("position_embedding_type", "absolute");
  if (kind !== "absolute") throw config.unsupported(`its positions are ${kind}`);
  const hidden = config.count(distil ? "dim" : "hidden_size");
  const heads = config.count(distil ? "n_heads" : "num_attention_heads");
  if (hidden % heads !== 0) throw config.wrong(`${heads} heads cannot share a width of ${hidden}`);
  return {
    type,
    layers: config.count(distil ? "n_layers" : "num_hidden_layers"),
    hidden,
    heads,
    vocabulary: config.count("vocab_size"),
    positions: config.count("max_position_embeddings"),
    types: distil ? 0 : config.count("type_vocab_size", 2),
    // DistilBERT's is written into its code.
    normEpsilon: distil ? 1e-12 : config.number("layer_norm_eps", 1e-12),
    activation: readActivation(config, distil ? "activation" : "hidden_act", "gelu"),
    padding: type === "roberta" || type === "xlm-roberta" ? config.number("pad_token_id", 1) : undefined,
  };
}

/** Longest row that the table of positions serves. */
export const longestRow = ({ positions, padding }: BertConfig): number =>
  padding === undefined ? positions : positions - padding - 1;
