/** A BERT with random weights and a real tokenizer, small enough to be trained in a test, and words whose tags it can learn. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../src/core/random.ts";
import { type MemoryTensor, writeSafetensors } from "../../src/formats/safetensors.ts";
import { tinyTokenizer, tokenizerFolder } from "./tokenizers.ts";

const [HIDDEN, MLP, LAYERS, HEADS, POSITIONS] = [32, 64, 2, 4, 48];

export async function writeTinyEncoder(folder: string): Promise<void> {
  const { size } = await tinyTokenizer("wordpiece");
  mkdirSync(folder, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(join(tokenizerFolder("wordpiece"), name), join(folder, name));
  const config = {
    model_type: "bert",
    hidden_size: HIDDEN,
    intermediate_size: MLP,
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    max_position_embeddings: POSITIONS,
    type_vocab_size: 2,
    vocab_size: size,
    hidden_act: "gelu",
    layer_norm_eps: 1e-12,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const linear = (name: string, out: number, into: number): [string, readonly number[]][] => [
    [`${name}.weight`, [out, into]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string): [string, readonly number[]][] => [
    [`${name}.weight`, [HIDDEN]],
    [`${name}.bias`, [HIDDEN]],
  ];
  const layer = (at: number): [string, readonly number[]][] => {
    const of = `encoder.layer.${at}`;
    return [
      ...["query", "key", "value"].flatMap((part) => linear(`${of}.attention.self.${part}`, HIDDEN, HIDDEN)),
      ...linear(`${of}.attention.output.dense`, HIDDEN, HIDDEN),
      ...norm(`${of}.attention.output.LayerNorm`),
      ...linear(`${of}.intermediate.dense`, MLP, HIDDEN),
      ...linear(`${of}.output.dense`, HIDDEN, MLP),
      ...norm(`${of}.output.LayerNorm`),
    ];
  };
  const shapes: [string, readonly number[]][] = [
    ["embeddings.word_embeddings.weight", [size, HIDDEN]],
    ["embeddings.position_embeddings.weight", [POSITIONS, HIDDEN]],
    ["embeddings.token_type_embeddings.weight", [2, HIDDEN]],
    ...norm("embeddings.LayerNorm"),
    ...Array.from({ length: LAYERS }, (_, at) => layer(at)).flat(),
  ];
  const random = seededRandom(7);
  const filled = (name: string, shape: readonly number[]): MemoryTensor => {
    const constant = name.endsWith("LayerNorm.weight") ? 1 : name.endsWith("bias") ? 0 : undefined;
    const spread = name.includes("word_embeddings") ? 2 : 0.4;
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      constant === undefined ? spread * (random.next() - 0.5) : constant,
    );
    return { dtype: "float32", shape, data: new Uint8Array(values.buffer) };
  };
  const tensors = Object.fromEntries(shapes.map(([name, shape]) => [name, filled(name, shape)]));
  writeFileSync(join(folder, "model.safetensors"), writeSafetensors(tensors));
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  animal: ["cat", "dog", "bird", "fish", "horse", "cow"],
  colour: ["red", "blue", "green", "black", "white", "yellow"],
  place: ["house", "street", "river", "hill", "town", "garden"],
};

/** Sentences of words, each tagged with its kind, as JSON lines. */
export function taggedSentences(count: number, seed: number): string {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)]!;
  const kinds = Object.keys(WORDS);
  const lines = Array.from({ length: count }, () => {
    const tags = Array.from({ length: 3 + Math.floor(random.next() * 6) }, () => pick(kinds));
    return JSON.stringify({ tokens: tags.map((tag) => pick(WORDS[tag]!)), tags });
  });
  return `${lines.join("\n")}\n`;
}
