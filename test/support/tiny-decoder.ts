/** A Llama with random weights and a tokenizer of letters, wide enough to learn a few texts by heart. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../src/core/random.ts";
import { type MemoryTensor, writeSafetensors } from "../../src/formats/safetensors.ts";

const LETTERS = join(import.meta.dirname, "../fixtures/tokenizers/letters");
const [HIDDEN, MLP, LAYERS, HEADS, SHARED, WORDS] = [64, 96, 2, 4, 2, 61];

/** @param seed of the weights. */
export function writeTinyDecoder(folder: string, seed = 3): void {
  mkdirSync(folder, { recursive: true });
  cpSync(LETTERS, folder, { recursive: true });
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: HIDDEN,
    intermediate_size: MLP,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: SHARED,
    max_position_embeddings: 128,
    vocab_size: WORDS,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    hidden_act: "silu",
    tie_word_embeddings: false,
    bos_token_id: 1,
    eos_token_id: 2,
    torch_dtype: "float32",
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const narrow = (HIDDEN * SHARED) / HEADS;
  const shapes: [string, readonly number[]][] = [
    ["model.embed_tokens.weight", [WORDS, HIDDEN]],
    ["lm_head.weight", [WORDS, HIDDEN]],
    ["model.norm.weight", [HIDDEN]],
    ...Array.from({ length: LAYERS }, (_, at): [string, readonly number[]][] => {
      const of = `model.layers.${at}`;
      return [
        [`${of}.input_layernorm.weight`, [HIDDEN]],
        [`${of}.post_attention_layernorm.weight`, [HIDDEN]],
        [`${of}.self_attn.q_proj.weight`, [HIDDEN, HIDDEN]],
        [`${of}.self_attn.k_proj.weight`, [narrow, HIDDEN]],
        [`${of}.self_attn.v_proj.weight`, [narrow, HIDDEN]],
        [`${of}.self_attn.o_proj.weight`, [HIDDEN, HIDDEN]],
        [`${of}.mlp.gate_proj.weight`, [MLP, HIDDEN]],
        [`${of}.mlp.up_proj.weight`, [MLP, HIDDEN]],
        [`${of}.mlp.down_proj.weight`, [HIDDEN, MLP]],
      ];
    }).flat(),
  ];
  const random = seededRandom(seed);
  const tensors = Object.fromEntries(
    shapes.map(([name, shape]): [string, MemoryTensor] => {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
        shape.length === 1 ? 1 : (random.next() - 0.5) * 0.5,
      );
      return [name, { dtype: "float32", shape, data: new Uint8Array(values.buffer) }];
    }),
  );
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(tensors));
}
