/**
 * Llama, Mistral, Qwen2 and Qwen3 out of a GGUF file: its keys as config.json would say them, its tensors under the names and in the
 * order of transformers (ggml-org/llama.cpp, gguf-py/gguf/constants.py and tensor_mapping.py; convert_hf_to_gguf.py, LlamaModel).
 */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { fromFloat32 } from "../../formats/convert-dtype.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import { float32Pieces } from "../../formats/float32-pieces.ts";
import type { GgufFile } from "../../formats/gguf/open-gguf.ts";
import type { StoredTensor } from "../../formats/stored-tensor.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import type { Weights } from "./build-llama.ts";
import { type LlamaConfig, readLlamaConfig } from "./config.ts";

/** Gemma's norms are stored otherwise; the first Mistral calls itself llama. */
const ARCHITECTURES = ["llama", "qwen2", "qwen3"];

export interface LlamaGguf {
  readonly config: LlamaConfig;
  /** float32, dequantized whenever they are read. */
  readonly weights: Weights;
}

/** @throws "bad-model" for a file that lacks something, "graph-unsupported" for an architecture that is not built here. */
export function readLlamaGguf(
  file: string,
  { metadata, tensors }: Pick<GgufFile, "metadata" | "tensors">,
): LlamaGguf {
  const config = readLlamaConfig(file, configOf(file, metadata, tensors));
  const isPaired = metadata.get("general.architecture")?.value === "llama";
  const weights = (name: string): TensorRef => {
    const stored = tensors.get(ggufName(name));
    if (stored === undefined) {
      throw new FrugalError({
        code: "bad-model",
        what: `${file} has no tensor ${ggufName(name)}`,
        why: `it should hold the weight ${name}`,
        remedy: "convert the model again with a current llama.cpp",
      });
    }
    const heads = /\.q_proj\./.test(name) ? config.heads : config.keyValueHeads;
    return isPaired && /\.[qk]_proj\./.test(name)
      ? inHalves(stored, elementCount(stored.shape) / heads, config.headSize)
      : asFloat(stored, "float32");
  };
  return { config, weights };
}

function configOf(
  file: string,
  metadata: GgufFile["metadata"],
  tensors: GgufFile["tensors"],
): Record<string, unknown> {
  const read = (key: string): unknown => {
    const found = metadata.get(key);
    return typeof found?.value === "bigint" ? Number(found.value) : found?.value;
  };
  const architecture = read("general.architecture");
  const own = (key: string): unknown => read(`${architecture}.${key}`);
  const why = !ARCHITECTURES.includes(architecture as string)
    ? `its architecture is ${architecture}; of GGUF files, ${ARCHITECTURES.join(", ")} are built`
    : tensors.has("rope_freqs.weight")
      ? "its rotary positions have factors of their own"
      : undefined;
  if (why !== undefined) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `${file} holds a model that cannot be built here`,
      why,
      remedy: "use the model's safetensors with their config.json",
    });
  }
  const scaling = own("rope.scaling.type") ?? "none";
  return {
    model_type: architecture,
    hidden_size: own("embedding_length"),
    intermediate_size: own("feed_forward_length"),
    num_hidden_layers: own("block_count"),
    num_attention_heads: own("attention.head_count"),
    num_key_value_heads: own("attention.head_count_kv"),
    head_dim: own("attention.key_length"),
    vocab_size: tensors.get("token_embd.weight")?.shape[0],
    rms_norm_eps: own("attention.layer_norm_rms_epsilon"),
    rope_theta: own("rope.freq_base"),
    ...(scaling !== "none" && {
      rope_scaling: {
        rope_type: scaling,
        factor: own("rope.scaling.factor"),
        rope_theta: own("rope.freq_base"),
      },
    }),
    tie_word_embeddings: !tensors.has("output.weight"),
    attention_bias: tensors.has("blk.0.attn_output.bias"),
    mlp_bias: tensors.has("blk.0.ffn_up.bias"),
  };
}

/** Of a layer; the others are named in full. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ["input_layernorm", "attn_norm"], ["self_attn.q_proj", "attn_q"], ["self_attn.k_proj", "attn_k"], ["self_attn.v_proj", "attn_v"],
  ["self_attn.o_proj", "attn_output"], ["self_attn.q_norm", "attn_q_norm"], ["self_attn.k_norm", "attn_k_norm"],
  ["post_attention_layernorm", "ffn_norm"], ["mlp.gate_proj", "ffn_gate"], ["mlp.up_proj", "ffn_up"], ["mlp.down_proj", "ffn_down"],
  ["model.embed_tokens", "token_embd"], ["model.norm", "output_norm"], ["lm_head", "output"],
]); // biome-ignore format: a table

/** What a weight of transformers' is called in GGUF. */
export function ggufName(name: string): string {
  const [, layer, part, kind] = /^(?:model\.layers\.(\d+)\.)?(.*)\.(weight|bias)$/.exec(name) ?? [];
  return `${layer === undefined ? "" : `blk.${layer}.`}${PARTS.get(part!) ?? part}.${kind}`;
}

/**
 * llama.cpp rotates neighbouring channels, transformers a channel of the first half of a head with one of the second: rows 2i and
 * 2i + 1 of a head there are rows i and i + size / 2 here. One head is read at a time.
 */
function inHalves(tensor: StoredTensor, headValues: number, size: number): TensorRef {
  const width = headValues / size;
  function ordered(head: Float32Array): Float32Array {
    const out = new Float32Array(head.length);
    for (let row = 0; row < size; row++) {
      const to = (row >> 1) + (row & 1) * (size / 2);
      out.set(head.subarray(row * width, (row + 1) * width), to * width);
    }
    return out;
  }
  async function* pieces(files: Pick<Files, "readBytes">): AsyncGenerator<Uint8Array> {
    for await (const head of float32Pieces(files, tensor, headValues))
      yield fromFloat32(ordered(head), "float32");
  }
  return { dtype: "float32", shape: tensor.shape, data: { length: 4 * elementCount(tensor.shape), pieces } };
}
