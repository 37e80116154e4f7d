/** What the steps of decoders and encoders share: weights that nobody trained, steps on the clock, and how fast the machine was. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { openGraph } from "../../dist/engines/graph-session.js";
import { Builder } from "../../dist/graph/builder.js";
import { ADAMW_DEFAULTS, buildAdamW } from "../../dist/graph/passes/build-adamw.js";
import { nodeFiles } from "../../dist/host/node-files.js";
import { hasOneHeap } from "../../dist/host/one-heap.js";

export const int64 = (values, shape) => new Tensor("int64", BigInt64Array.from(values, BigInt), shape);

/** @returns a cache folder. */
export function cacheFolder(name) {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "frugal-bench", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Made once, in the folder: what weights are changes nothing about speed or memory. @param shapes of each name. */
export function randomWeights(folder, shapes) {
  const path = join(folder, "weights.bin");
  let end = 0;
  const made = new Map();
  for (const [name, shape] of shapes) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    made.set(name, { dtype: "float32", shape, data: { path, offset: end, length: bytes } });
    end += Math.ceil(bytes / 4_096) * 4_096;
  }
  if (existsSync(path)) return made;
  const file = openSync(`${path}.partial`, "w");
  for (const [name, { shape, data }] of made) {
    const values = Float32Array.from({ length: data.length / 4 }, () =>
      shape.length > 1 ? (Math.random() - 0.5) * 0.07 : name.endsWith(".bias") ? 0 : 1,
    );
    writeSync(file, new Uint8Array(values.buffer), 0, data.length, data.offset);
  }
  closeSync(file);
  renameSync(`${path}.partial`, path);
  return made;
}

/**
 * Prints one JSON line.
 * @param build makes the step; its time counts as start. @param feeds of the step. @param counted what the loss is divided by.
 * @param product sides of the product that tells how fast the machine was: [rows, in, out].
 */
export async function measureSteps({ build, feeds, tokens, counted, steps, threads, folder, product }) {
  const oneHeap = hasOneHeap();
  const started = performance.now();
  const step = build();
  const session = await openGraph(nodeFiles, step.graph, { folder, threads, oneHeap });
  const adamw = await openGraph(nodeFiles, buildAdamW(step.size, ADAMW_DEFAULTS), {
    folder,
    threads,
    oneHeap,
  });
  const startMs = performance.now() - started;
  const vector = (values) => new Tensor("float32", values, [step.size]);
  const scalar = (value) => new Tensor("float32", Float32Array.of(value), []);
  let parameters = vector(Float32Array.from({ length: step.size }, () => (Math.random() - 0.5) * 0.02));
  let [mean, square] = [vector(new Float32Array(step.size)), vector(new Float32Array(step.size))];
  const seconds = [];
  const cpuSeconds = [];
  let loss = Number.NaN;
  for (let at = 1; at <= steps; at++) {
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const made = await session.run({ ...feeds, parameters });
    loss = made[step.loss].data[0] / counted;
    const updated = await adamw.run({
      parameters,
      mean,
      square,
      gradient: made[step.gradient],
      gradient_scale: scalar(1 / counted),
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
      gemm_gflops: await productRate(product, { folder, threads, oneHeap }),
      loss,
    }),
  );
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The rate of one product of the model's own size, the best of ten: what the machine gave at that moment. */
async function productRate([rows, inSize, outSize], options) {
  const build = new Builder("gemm");
  const out = build.op("MatMul", [
    build.input("a", "float32", [rows, inSize]),
    build.input("b", "float32", [inSize, outSize]),
  ]);
  const product = await openGraph(nodeFiles, build.build([out]), options);
  const random = (shape) =>
    new Tensor("float32", Float32Array.from({ length: shape[0] * shape[1] }, Math.random), shape);
  const operands = { a: random([rows, inSize]), b: random([inSize, outSize]) };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    const from = performance.now();
    await product.run(operands);
    best = Math.min(best, performance.now() - from);
  }
  await product.close();
  return (2 * rows * inSize * outSize) / best / 1e6;
}
