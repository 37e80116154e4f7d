/** Tiny decoders against transformers and PEFT: logits, loss, the gradient of each A and B, and five AdamW steps (test/oracles/lora_models.py). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fp32Values, readSafetensors } from "../../src/formats/safetensors.ts";
import type { TensorRef } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { CHUNK } from "../../src/graph/passes/attach-causal-loss.ts";
import { buildAdamW } from "../../src/graph/passes/build-adamw.ts";
import { buildLoraStep } from "../../src/learn/lora/build-step.ts";
import { buildLlama } from "../../src/models/llama/build-llama.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { type Filled, floats, startGraph } from "../support/run-graph.ts";

const MODELS = join(import.meta.dirname, "../fixtures/models");
const RANK = 3;
const ALPHA = 5;
const SETTINGS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, maxNorm: 0.5 };
const RATE = 1e-2;
const STEPS = 5;

function open(family: string) {
  const folder = join(MODELS, family);
  const config = readLlamaConfig(
    "config.json",
    JSON.parse(readFileSync(join(folder, "config.json"), "utf8")),
  );
  const read = (file: string) => readSafetensors(file, readFileSync(join(folder, file))).tensors;
  const weights = read("model.safetensors");
  const golden = read("golden.safetensors");
  const weight = (name: string): TensorRef => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`no weight ${name}`);
    return found;
  };
  const numbers = (name: string): number[] => {
    const found = golden.get(name);
    if (found === undefined) throw new Error(`no golden ${name}`);
    if (found.dtype === "float32") return [...fp32Values(found)];
    return Array.from(new BigInt64Array(Uint8Array.from(found.data).buffer), Number);
  };
  const [rows, length] = golden.get("input_ids")!.shape as [number, number];
  return { config, weight, numbers, rows, length };
}

/** ‖a − b‖ / ‖b‖ */
function distance(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const norm = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(a.map((value, at) => value - b[at]!)) / norm(b);
}

const int64 = (shape: readonly number[], values: readonly number[]): Filled => ({
  dtype: "int64",
  shape,
  values,
});

function tokenFeeds({ numbers, rows, length }: ReturnType<typeof open>): Record<string, Filled> {
  const shape = [rows, length];
  const count = rows * length;
  return {
    input_ids: int64(shape, numbers("input_ids")),
    position_ids: int64(
      shape,
      Array.from({ length: count }, (_, at) => at % length),
    ),
    segment_ids: int64(shape, Array(count).fill(0)),
  };
}

/** The label of a place is the token that follows it; −100 counts nowhere. */
function lossFeeds({ numbers, length }: ReturnType<typeof open>): {
  feeds: Record<string, Filled>;
  kept: number;
} {
  const labels = numbers("labels");
  const places = labels.flatMap((_, at) => (at % length < length - 1 && labels[at + 1] !== -100 ? [at] : []));
  const padded = (of: (place: number) => number): number[] =>
    Array.from({ length: CHUNK }, (_, at) => (at < places.length ? of(places[at]!) : 0));
  const feeds = {
    loss_rows: int64(
      [1, CHUNK],
      padded((place) => place),
    ),
    loss_labels: int64(
      [1, CHUNK],
      padded((place) => labels[place + 1]!),
    ),
    loss_weights: floats(
      [1, CHUNK],
      padded(() => 1),
    ),
  };
  return { feeds, kept: places.length };
}

const families = readdirSync(MODELS);

test.each(families)("%s: logits are those of transformers", async (family) => {
  const model = open(family);
  const build = new Builder("logits");
  const hidden = buildLlama(build, model.config, model.weight, model);
  const table = model.config.tied
    ? "model.embed_tokens.weight"
    : build.weight("lm_head.weight", model.weight("lm_head.weight"));
  const logits = build.op("Gemm", [hidden, table], { transB: 1 });
  const running = await startGraph(build.build([logits]));
  const results = await running.run(tokenFeeds(model));
  expect(distance(results[logits]!.values, model.numbers("base_logits"))).toBeLessThan(1e-5);
});

test.each(
  families.flatMap((family) => (["keep", "recompute"] as const).map((memory) => [family, memory] as const)),
)("%s, %s: loss, gradients and five AdamW steps are those of PEFT", async (family, memory) => {
  const model = open(family);
  const step = buildLoraStep(
    model.config,
    model.weight,
    model,
    (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: RANK, scale: ALPHA / RANK })),
    memory,
  );
  const pack = (prefix: string): number[] =>
    [...step.spans.keys()].flatMap((name) => model.numbers(`${prefix}/${name}`));
  const { feeds, kept } = lossFeeds(model);
  const running = await startGraph(step.graph);
  const adamw = await startGraph(buildAdamW(step.size, SETTINGS));
  const vector = (values: readonly number[]): Filled => floats([step.size], values);
  const scalar = (value: number): Filled => floats([], [value]);
  let parameters = vector(pack("start"));
  let [mean, square] = [vector(Array(step.size).fill(0)), vector(Array(step.size).fill(0))];
  for (let at = 1; at <= STEPS; at++) {
    const made = await running.run({ ...tokenFeeds(model), ...feeds, parameters });
    const gradient = made[step.gradient]!;
    if (at === 1) {
      expect(made[step.loss]!.values[0]! / kept).toBeCloseTo(model.numbers("loss")[0]!, 5);
      for (const [name, { offset, shape }] of step.spans) {
        const ours = gradient.values
          .slice(offset, offset + shape[0]! * shape[1]!)
          .map((value) => value / kept);
        expect(distance(ours, model.numbers(`gradient/${name}`)), name).toBeLessThan(1e-4);
      }
    }
    const updated = await adamw.run({
        parameters, mean, square, gradient,
        gradient_scale: scalar(1 / kept),
        rate: scalar(RATE),
        correction1: scalar(1 - SETTINGS.beta1 ** at),
        correction2: scalar(1 - SETTINGS.beta2 ** at),
      }); // biome-ignore format: one call
    expect(updated["norm"]!.values[0]).toBeCloseTo(model.numbers(`norm/${at - 1}`)[0]!, 4);
    [parameters, mean, square] = [updated["parameters_out"]!, updated["mean_out"]!, updated["square_out"]!];
  }
  const start = pack("start");
  const moved = (values: readonly number[]): number[] => values.map((value, at) => value - start[at]!);
  expect(distance(moved(parameters.values), moved(pack("end")))).toBeLessThan(1e-3);
});
