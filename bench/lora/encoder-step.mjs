/** Steps of LoRA on the shape of MiniLM-L6 with a new classifier: `node encoder-step.mjs ROWS LENGTH MODE THREADS STEPS BASE`. Prints one JSON line. */
import { linearLayers } from "../../dist/graph/passes/add-lora.js";
import { buildEncoderStep } from "../../dist/learn/lora/build-encoder-step.js";
import { crossEntropy } from "../../dist/learn/losses/classification.js";
import { buildBert } from "../../dist/models/bert/build-bert.js";
import { readBertConfig } from "../../dist/models/bert/config.js";
import { cacheFolder, int64, measureSteps, randomWeights } from "./measure.mjs";

const [rows, length, mode, threads, steps, base] = process.argv
  .slice(2)
  .map((word) => (Number.isNaN(Number(word)) ? word : Number(word)));
const HIDDEN = 384;
const MLP = 1_536;
const LAYERS = 6;
const VOCABULARY = 30_522;
const PLACES = 512;
const LABELS = 2;
const RANK = 8;
const config = readBertConfig("config.json", {
  model_type: "bert",
  hidden_size: HIDDEN,
  intermediate_size: MLP,
  num_hidden_layers: LAYERS,
  num_attention_heads: 12,
  vocab_size: VOCABULARY,
  max_position_embeddings: PLACES,
  type_vocab_size: 2,
  hidden_act: "gelu",
});

const folder = cacheFolder("lora-minilm");
const weights = randomWeights(folder, shapes());
const tokens = rows * length;
const each = (of) => Array.from({ length: tokens }, of);
await measureSteps({
  build: () =>
    buildEncoderStep(
      {
        encode: (build) => buildBert(build, config, (name) => weights.get(name), { rows, length }),
        head: (encoded) => encoded.classifyRows(),
        loss: crossEntropy,
      },
      {
        targets: (graph) =>
          [...linearLayers(graph).keys()]
            .filter((weight) => /\.(query|value)\.weight$/.test(weight))
            .map((weight) => ({ weight, rank: RANK, scale: 2 })),
        whole: ["classifier.weight", "classifier.bias"],
      },
      mode,
      base,
    ),
  feeds: {
    input_ids: int64(
      each(() => Math.floor(Math.random() * VOCABULARY)),
      [rows, length],
    ),
    attention_mask: int64(
      each(() => 1),
      [rows, length],
    ),
    token_type_ids: int64(
      each(() => 0),
      [rows, length],
    ),
    labels: int64(
      Array.from({ length: rows }, (_, at) => at % LABELS),
      [rows],
    ),
  },
  tokens,
  counted: rows,
  steps,
  threads,
  folder,
  product: [rows * length, HIDDEN, MLP],
});

function shapes() {
  const shapes = new Map();
  const linear = (name, out, into) => {
    shapes.set(`${name}.weight`, [out, into]);
    shapes.set(`${name}.bias`, [out]);
  };
  const norm = (name) => {
    for (const part of ["weight", "bias"]) shapes.set(`${name}.${part}`, [HIDDEN]);
  };
  for (const [table, size] of [
    ["word", VOCABULARY],
    ["position", PLACES],
    ["token_type", 2],
  ])
    shapes.set(`bert.embeddings.${table}_embeddings.weight`, [size, HIDDEN]);
  norm("bert.embeddings.LayerNorm");
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `bert.encoder.layer.${layer}`;
    for (const part of ["self.query", "self.key", "self.value", "output.dense"])
      linear(`${name}.attention.${part}`, HIDDEN, HIDDEN);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, MLP, HIDDEN);
    linear(`${name}.output.dense`, HIDDEN, MLP);
    norm(`${name}.output.LayerNorm`);
  }
  linear("bert.pooler.dense", HIDDEN, HIDDEN);
  linear("classifier", LABELS, HIDDEN);
  return shapes;
}
