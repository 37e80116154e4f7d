/**
 * Steps of LoRA on the shape of SmolLM2-135M with random weights: `node step.mjs LAYERS ROWS LENGTH MODE THREADS STEPS`. Prints one JSON line.
 * The weights are made once, in a cache folder: what they are changes nothing about speed or memory.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { openGraph } from "../../dist/engines/graph-session.js";
import { Builder } from "../../dist/graph/builder.js";
import { linearLayers } from "../../dist/graph/passes/add-lora.js";
import { CHUNK } from "../../dist/graph/passes/attach-causal-loss.js";
import { ADAMW_DEFAULTS, buildAdamW } from "../../dist/graph/passes/build-adamw.js";
import { nodeFiles } from "../../dist/host/node-files.js";
import { buildLoraStep } from "../../dist/learn/lora/build-step.js";
import { readLlamaConfig } from "../../dist/models/llama/config.js";

const [layers, rows, length, mode, threads, steps] = process.argv
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

const folder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "frugal-bench",
  `lora-${layers}`,
);
const weights = randomWeights();
const started = performance.now();
const step = buildLoraStep(
  config,
  (name) => weights.get(name),
  { rows, length },
  (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: RANK, scale: 2 })),
  mode,
);
const session = await openGraph(nodeFiles, step.graph, { folder, threads });
const adamw = await openGraph(nodeFiles, buildAdamW(step.size, ADAMW_DEFAULTS), { folder, threads });
const startMs = performance.now() - started;

const tokens = rows * length;
const int64 = (values, shape) => new Tensor("int64", BigInt64Array.from(values, BigInt), shape);
const vector = (values) => new Tensor("float32", values, [step.size]);
const scalar = (value) => new Tensor("float32", Float32Array.of(value), []);
const ids = Array.from({ length: tokens }, () => Math.floor(Math.random() * VOCABULARY));
// Each token but a row's last has one that follows it: as PEFT's labels, all of them count.
const places = ids.flatMap((_, at) => (at % length < length - 1 ? [at] : []));
const chunks = Math.ceil(places.length / CHUNK);
const padded = (of) =>
  Array.from({ length: chunks * CHUNK }, (_, at) => (at < places.length ? of(places[at]) : 0));
const feeds = {
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
};
let parameters = vector(Float32Array.from({ length: step.size }, () => (Math.random() - 0.5) * 0.02));
let [mean, square] = [vector(new Float32Array(step.size)), vector(new Float32Array(step.size))];
const seconds = [];
const cpuSeconds = [];
let loss = Number.NaN;
for (let at = 1; at <= steps; at++) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const made = await session.run({ ...feeds, parameters });
  loss = made[step.loss].data[0] / places.length;
  const updated = await adamw.run({
    parameters,
    mean,
    square,
    gradient: made[step.gradient],
    gradient_scale: scalar(1 / places.length),
    rate: scalar(1e-4),
    correction1: scalar(1 - ADAMW_DEFAULTS.beta1 ** at),
    correction2: scalar(1 - ADAMW_DEFAULTS.beta2 ** at),
  });
  [parameters, mean, square] = [updated.parameters_out, updated.mean_out, updated.square_out];
  const { user, system } = process.cpuUsage(cpu);
  seconds.push((performance.now() - wall) / 1e3);
  cpuSeconds.push((user + system) / 1e6);
}
if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
await session.close();
const peakMb = process.resourceUsage().maxRSS / 1e3;
console.log(
  JSON.stringify({
    ms_per_token: (1e3 * median(seconds.slice(2))) / tokens,
    cpu_ms_per_token: (1e3 * median(cpuSeconds.slice(2))) / tokens,
    start_s: startMs / 1e3,
    peak_mb: peakMb,
    gemm_gflops: await gemmRate(),
    loss,
  }),
);

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The rate of one product of the model's own size, the best of ten: what the machine gave at that moment. */
async function gemmRate() {
  const build = new Builder("gemm");
  const out = build.op("MatMul", [
    build.input("a", "float32", [1_024, HIDDEN]),
    build.input("b", "float32", [HIDDEN, MLP]),
  ]);
  const product = await openGraph(nodeFiles, build.build([out]), { folder, threads });
  const random = (shape) =>
    new Tensor("float32", Float32Array.from({ length: shape[0] * shape[1] }, Math.random), shape);
  const operands = { a: random([1_024, HIDDEN]), b: random([HIDDEN, MLP]) };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    const from = performance.now();
    await product.run(operands);
    best = Math.min(best, performance.now() - from);
  }
  await product.close();
  return (2 * 1_024 * HIDDEN * MLP) / best / 1e6;
}

function randomWeights() {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "weights.bin");
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
  let end = 0;
  const made = new Map();
  for (const [name, shape] of shapes) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    made.set(name, { dtype: "float32", shape, data: { path, offset: end, length: bytes } });
    end += Math.ceil(bytes / 4_096) * 4_096;
  }
  if (existsSync(path)) return made;
  const file = openSync(`${path}.partial`, "w");
  for (const { shape, data } of made.values()) {
    const values = Float32Array.from({ length: data.length / 4 }, () =>
      shape.length === 1 ? 1 : (Math.random() - 0.5) * 0.07,
    );
    writeSync(file, new Uint8Array(values.buffer), 0, data.length, data.offset);
  }
  closeSync(file);
  renameSync(`${path}.partial`, path);
  return made;
}
