/**
 * Forecasts of training steps beside what they then take: `node forecast.mjs` for all shapes, `node forecast.mjs MODEL ROWS LENGTH MODE`
 * for one, in a process of its own. Weights are holes of a file, which take as much memory and time as any others. Rates are measured
 * anew after each step, since a machine that is shared is not the same for long.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, openSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { openGraph } from "../../dist/engines/graph-session.js";
import { measureRates } from "../../dist/engines/measure-rates.js";
import { linearLayers } from "../../dist/graph/passes/add-lora.js";
import { CHUNK } from "../../dist/graph/passes/attach-causal-loss.js";
import { bindGraph } from "../../dist/graph/passes/bind-graph.js";
import { ADAMW_DEFAULTS, buildAdamW } from "../../dist/graph/passes/build-adamw.js";
import { forecastMemory, forecastSeconds } from "../../dist/graph/summary/forecast.js";
import { nodeClock } from "../../dist/host/node-clock.js";
import { nodeFiles } from "../../dist/host/node-files.js";
import { hasOneHeap, ONE_HEAP } from "../../dist/host/one-heap.js";
import { buildEncoderStep } from "../../dist/learn/lora/build-encoder-step.js";
import { buildLoraStep } from "../../dist/learn/lora/build-step.js";
import { crossEntropy } from "../../dist/learn/losses/classification.js";
import { buildBert } from "../../dist/models/bert/build-bert.js";
import { readBertConfig } from "../../dist/models/bert/config.js";
import { readLlamaConfig } from "../../dist/models/llama/config.js";

const SHAPES = [
  ["smollm2-135m", 1, 512],
  ["smollm2-135m", 4, 256],
  ["minilm-l6", 32, 128],
  ["llama-tiny", 2, 64],
  ["llama-small", 4, 128],
];
const THREADS = Number(process.env.LORA_THREADS ?? 2);
const WARM_UP = 3;
const STEPS = Number(process.env.LORA_STEPS ?? 5);

const llama = (hidden, mlp, layers, heads, keys, vocabulary) => ({
  config: {
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: mlp,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keys,
    vocab_size: vocabulary,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  },
  shapes: [
    [/embed_tokens/, [vocabulary, hidden]],
    [/norm/, [hidden]],
    [/[qo]_proj/, [hidden, hidden]],
    [/[kv]_proj/, [(hidden / heads) * keys, hidden]],
    [/gate|up/, [mlp, hidden]],
    [/down/, [hidden, mlp]],
  ],
});
const MODELS = {
  "smollm2-135m": llama(576, 1_536, 30, 9, 3, 49_152),
  "llama-small": llama(256, 768, 6, 4, 2, 8_192),
  "llama-tiny": llama(64, 128, 2, 4, 2, 512),
  "minilm-l6": {
    config: {
      model_type: "bert",
      hidden_size: 384,
      intermediate_size: 1_536,
      num_hidden_layers: 6,
      num_attention_heads: 12,
      vocab_size: 30_522,
      max_position_embeddings: 512,
      type_vocab_size: 2,
      hidden_act: "gelu",
      layer_norm_eps: 1e-12,
    },
    shapes: [
      [/word_embeddings/, [30_522, 384]],
      [/position_embeddings/, [512, 384]],
      [/token_type_embeddings/, [2, 384]],
      [/LayerNorm|(query|key|value|pooler\.dense)\.bias/, [384]],
      [/intermediate\.dense\.bias/, [1_536]],
      [/classifier\.bias/, [2]],
      [/\.bias/, [384]],
      [/classifier/, [2, 384]],
      [/intermediate/, [1_536, 384]],
      [/attention|pooler/, [384, 384]],
      [/output/, [384, 1_536]],
    ],
  },
};

/** A lookup of weights that lie, as holes, in one file. */
function holes(path, shapes) {
  let end = 0;
  const made = new Map();
  return (name) => {
    if (made.has(name)) return made.get(name);
    const shape = shapes.find(([words]) => words.test(name))?.[1];
    if (shape === undefined) return undefined;
    const length = 4 * shape.reduce((a, b) => a * b, 1);
    made.set(name, { dtype: "float32", shape, data: { path, offset: end, length } });
    end += Math.ceil(length / 4_096) * 4_096;
    truncateSync(path, end);
    return made.get(name);
  };
}

function buildStep(model, lookup, batch, mode) {
  const { config } = MODELS[model];
  const targets = (graph) =>
    [...linearLayers(graph).keys()]
      .filter((weight) => /layers?\.\d/.test(weight))
      .map((weight) => ({ weight, rank: 16, scale: 2 }));
  if (config.model_type === "llama")
    return buildLoraStep(readLlamaConfig("config.json", config), lookup, batch, targets, mode);
  const task = {
    encode: (build) => buildBert(build, readBertConfig("config.json", config), lookup, batch),
    head: (encoded) => encoded.classifyRows(),
    loss: crossEntropy,
  };
  return buildEncoderStep(task, { targets }, mode);
}

/** Ones for masks and weights, zeros for all else: what is computed does not matter. */
function feedsOf(graph) {
  const arrays = { float32: Float32Array, int64: BigInt64Array };
  return Object.fromEntries(
    graph.inputs.map((name) => {
      const { dtype, shape } = graph.types.get(name);
      const values = new arrays[dtype](shape.reduce((a, b) => a * b, 1));
      if (/mask|loss_weights/.test(name)) values.fill(dtype === "int64" ? 1n : 1);
      return [name, new Tensor(dtype, values, shape)];
    }),
  );
}

async function one(model, rows, length, mode) {
  const folder = mkdtempSync(join(tmpdir(), "forecast-"));
  try {
    const path = join(folder, "weights.bin");
    openSync(path, "w");
    const world = { clock: nodeClock, files: nodeFiles };
    const oneHeap = hasOneHeap();
    const options = { folder, threads: THREADS, oneHeap };
    const step = buildStep(model, holes(path, MODELS[model].shapes), { rows, length }, mode);
    const adamw = buildAdamW(step.size, ADAMW_DEFAULTS);
    const sizes = new Map([["chunks", Math.ceil((rows * (length - 1)) / CHUNK)]]);
    const asked = performance.now();
    const memory = forecastMemory([step.graph, adamw], { sizes, oneHeap });
    const askedMs = performance.now() - asked;
    const bound = { ...bindGraph(step.graph, sizes), outputs: step.graph.outputs };
    const before = process.memoryUsage.rss();
    const [session, update] = [
      await openGraph(nodeFiles, step.graph, options),
      await openGraph(nodeFiles, adamw, options),
    ];
    const [feeds, state] = [feedsOf(bound), feedsOf(adamw)];
    const stepOnce = async () => {
      const from = performance.now();
      const made = await session.run(feeds);
      await update.run({ ...state, parameters: feeds.parameters, gradient: made[step.gradient] });
      return (performance.now() - from) / 1e3;
    };
    // The first run touches its memory for the first time; what measures rates takes memory of its own.
    for (let at = 0; at < WARM_UP; at++) await stepOnce();
    const grown = process.resourceUsage().maxRSS * 1_024 - before;
    const rounds = [];
    for (let at = 0; at < STEPS; at++) {
      const measured = await stepOnce();
      const rates = await measureRates(world, options);
      const forecast = forecastSeconds(step.graph, rates, sizes) + forecastSeconds(adamw, rates);
      rounds.push({ measured, forecast, rates });
    }
    const middle = (of) => rounds.map(of).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
    const mb = (bytes) => Math.round(bytes / 1e6);
    return {
      model,
      rows,
      length,
      mode,
      forecast_mb: mb(memory.peak),
      weights_mb: mb(memory.weights),
      activations_mb: mb(memory.activations),
      runtime_mb: mb(memory.runtime),
      measured_mb: mb(grown),
      forecast_s: middle(({ forecast }) => forecast),
      measured_s: middle(({ measured }) => measured),
      best_forecast_s: Math.min(...rounds.map(({ forecast }) => forecast)),
      best_measured_s: Math.min(...rounds.map(({ measured }) => measured)),
      gflops: Math.max(...rounds.map(({ rates }) => rates.flopsPerSecond)) / 1e9,
      gbytes: Math.max(...rounds.map(({ rates }) => rates.bytesPerSecond)) / 1e9,
      asked_ms: askedMs,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [model, rows, length, mode] = process.argv.slice(2);
if (model !== undefined) {
  console.log(JSON.stringify(await one(model, Number(rows), Number(length), mode)));
} else {
  console.log("| model | batch | memory | forecast | measured | step | forecast | best measured |");
  for (const [name, ...batch] of SHAPES)
    for (const memory of ["keep", "light", "recompute"]) {
      const child = [import.meta.filename, name, ...batch.map(String), memory];
      const found = JSON.parse(
        execFileSync(process.execPath, child, { encoding: "utf8", env: { ...process.env, ...ONE_HEAP } }),
      );
      const seconds = (value) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
      console.log(
        `| ${name} | ${batch.join(" × ")} | ${memory} | ${found.forecast_mb} MB | ${found.measured_mb} MB | | ${seconds(found.best_forecast_s)} | ${seconds(found.best_measured_s)} |`,
      );
    }
}
