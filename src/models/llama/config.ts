/** What decides the graph of a decoder of the Llama family, from its config.json (huggingface/transformers, models/*\/configuration_*.py). */
import { FrugalError } from "../../core/error.ts";
import { type Activation, readActivation } from "../activation.ts";
import { type ConfigReader, readConfig } from "../config-reader.ts";
import { type RopeConfig, readRope } from "./rope.ts";

export interface LlamaConfig {
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyValueHeads heads of queries. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly normEpsilon: number;
  readonly rope: RopeConfig;
  /** The output layer is the embedding table. */
  readonly tied: boolean;
  readonly activation: Activation;
  readonly biases: { readonly queryKeyValue: boolean; readonly output: boolean; readonly mlp: boolean };
  /** Queries and keys are normalized, head by head, before they are rotated. */
  readonly headNorms: boolean;
  /** Gemma's norms multiply by 1 + weight, and its embeddings by √hidden. */
  readonly gemma: boolean;
  /** Tokens further back than this are not seen. */
  readonly window: number | undefined;
}

export const LLAMA_FAMILY = ["llama", "mistral", "qwen2", "qwen3", "gemma"] as const;

/** @param json of config.json. @throws "bad-model" for values that cannot be, "graph-unsupported" for what we cannot build. */
export function readLlamaConfig(file: string, json: unknown): LlamaConfig {
  const config = readConfig(file, json);
  const type = config.text("model_type");
  const hidden = config.count("hidden_size");
  const heads = config.count("num_attention_heads");
  const keyValueHeads = config.count("num_key_value_heads", heads);
  const headSize = config.count("head_dim", hidden / heads);
  if (heads % keyValueHeads !== 0) throw config.wrong(`${heads} heads cannot share ${keyValueHeads}`);
  if (headSize % 2 !== 0) throw config.wrong(`heads of size ${headSize} cannot be rotated by pairs`);
  const bias = config.flag("attention_bias", false);
  return {
    layers: config.count("num_hidden_layers"),
    hidden,
    intermediate: config.count("intermediate_size"),
    heads,
    keyValueHeads,
    headSize,
    vocabulary: config.count("vocab_size"),
    normEpsilon: config.number("rms_norm_eps", 1e-6),
    rope: readRope(config),
    tied: config.flag("tie_word_embeddings", type === "gemma"),
    activation: activationOf(config, type),
    biases: {
      queryKeyValue: type === "qwen2" || bias,
      output: type !== "qwen2" && bias,
      mlp: config.flag("mlp_bias", false),
    },
    headNorms: type === "qwen3",
    gemma: type === "gemma",
    window: windowOf(config, type),
  };
}

/** Mistral always uses its window; Qwen carries a number that is off unless switched on. */
function windowOf(config: ConfigReader, type: string): number | undefined {
  if (type === "mistral") return config.optionalCount("sliding_window");
  if (!config.flag("use_sliding_window", false)) return undefined;
  throw new FrugalError({
    code: "graph-unsupported",
    what: config.file,
    why: "it uses a sliding window in some layers only",
    remedy: "use a model without use_sliding_window",
  });
}

/** Gemma 1 says gelu in old files, and means the tanh form (transformers, models/gemma/configuration_gemma.py). */
function activationOf(config: ConfigReader, type: string): Activation {
  const key = config.has("hidden_activation") ? "hidden_activation" : "hidden_act";
  const kind = readActivation(config, key, "silu");
  return kind === "gelu" && type === "gemma" ? "gelu-tanh" : kind;
}
