/** Steps of LoRA on the shape of SmolLM2-135M: `node step.mjs LAYERS ROWS LENGTH MODE THREADS STEPS BASE`. Prints one JSON line. */
import { Tensor } from "onnxruntime-node";
import { linearLayers } from "../../dist/graph/passes/add-lora.js";
import { CHUNK } from "../../dist/graph/passes/attach-causal-loss.js";
import { buildLoraStep } from "../../dist/learn/lora/build-step.js";
import { readLlamaConfig } from "../../dist/models/llama/config.js";
import { cacheFolder, int64, measureSteps, randomWeights } from "./measure.mjs";

const [layers, rows, length, mode, threads, steps, base] = process.argv
  .slice(2)
  .map((word) => (Number.isNaN(Number(word)) ? word : Number(word)));
const HIDDEN = 576;
const MLP = 1_536;
const VOCABULARY = 49_152;
const RANK = 16;
const config = readLlamaConfig("config.json", {
  model_type: "llama",
  hidden_size: HIDDEN,
  intermediate_size: MLP,
  num_hidden_layers: layers,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: VOCABULARY,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
});

const folder = cacheFolder(`lora-${layers}`);
const weights = randomWeights(folder, shapes());
const tokens = rows * length;
const ids = Array.from({ length: tokens }, () => Math.floor(Math.random() * VOCABULARY));
// Each token but a row's last has one that follows it: as PEFT's labels, all of them count.
const places = ids.flatMap((_, at) => (at % length < length - 1 ? [at] : []));
const chunks = Math.ceil(places.length / CHUNK);
const padded = (of) =>
  Array.from({ length: chunks * CHUNK }, (_, at) => (at < places.length ? of(places[at]) : 0));
await measureSteps({
  build: () =>
    buildLoraStep(
      config,
      (name) => weights.get(name),
      { rows, length },
      (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: RANK, scale: 2 })),
      mode,
      base,
    ),
  feeds: {
    input_ids: int64(ids, [rows, length]),
    position_ids: int64(
      ids.map((_, at) => at % length),
      [rows, length],
    ),
    segment_ids: int64(new Array(tokens).fill(0), [rows, length]),
    loss_rows: int64(
      padded((place) => place),
      [chunks, CHUNK],
    ),
    loss_labels: int64(
      padded((place) => ids[place + 1]),
      [chunks, CHUNK],
    ),
    loss_weights: new Tensor("float32", Float32Array.from(padded(() => 1)), [chunks, CHUNK]),
  },
  tokens,
  counted: places.length,
  steps,
  threads,
  folder,
  product: [1_024, HIDDEN, MLP],
});

function shapes() {
  const shapes = new Map([
    ["model.embed_tokens.weight", [VOCABULARY, HIDDEN]],
    ["model.norm.weight", [HIDDEN]],
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const name = `model.layers.${layer}`;
    for (const norm of ["input_layernorm", "post_attention_layernorm"])
      shapes.set(`${name}.${norm}.weight`, [HIDDEN]);
    for (const [projection, out] of [
      ["q", HIDDEN],
      ["k", 192],
      ["v", 192],
      ["o", HIDDEN],
    ])
      shapes.set(`${name}.self_attn.${projection}_proj.weight`, [out, HIDDEN]);
    for (const projection of ["gate", "up"])
      shapes.set(`${name}.mlp.${projection}_proj.weight`, [MLP, HIDDEN]);
    shapes.set(`${name}.mlp.down_proj.weight`, [HIDDEN, MLP]);
  }
  return shapes;
}
