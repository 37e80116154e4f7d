/** A tiny model with what PEFT made of it (test/oracles/{lora,encoder}_models.py), and training steps that are held against that. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { fp32Values, readSafetensors } from "../../src/formats/safetensors.ts";
import type { TensorRef } from "../../src/formats/tensor-ref.ts";
import { buildAdamW } from "../../src/graph/passes/build-adamw.ts";
import type { TrainStep } from "../../src/learn/lora/assemble-step.ts";
import { type Filled, floats, type RunningGraph, startGraph } from "./run-graph.ts";

const MODELS = join(import.meta.dirname, "../fixtures/models");
export const RANK = 3;
export const ALPHA = 5;
const SETTINGS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, maxNorm: 0.5 };
const RATE = 1e-2;
const STEPS = 5;

export interface GoldenTensors {
  /** A golden tensor as a graph takes it. */
  readonly filled: (name: string) => Filled;
  readonly has: (name: string) => boolean;
  readonly numbers: (name: string) => readonly number[];
  /** Names of trained tensors. */
  readonly trained: readonly string[];
}

export interface GoldenModel extends GoldenTensors {
  /** Of config.json. */
  readonly config: unknown;
  readonly lookup: (name: string) => TensorRef | undefined;
}

const configOf = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(MODELS, name, "config.json"), "utf8"));

/** Names of the models whose config.json says one of `types`. */
export const goldenModels = (types: readonly string[]): readonly string[] =>
  readdirSync(MODELS).filter((name) => types.includes(configOf(name)["model_type"] as string));

const read = (file: string) => readSafetensors(file, readFileSync(file)).tensors;

export function openGolden(name: string): GoldenModel {
  const weights = read(join(MODELS, name, "model.safetensors"));
  return {
    ...readGolden(join(MODELS, name, "golden.safetensors")),
    config: configOf(name),
    lookup: (weight) => weights.get(weight),
  };
}

/** What PEFT made of a model that lies elsewhere. */
export function readGolden(file: string): GoldenTensors {
  const golden = read(file);
  const filled = (tensor: string): Filled => {
    const found = golden.get(tensor);
    if (found === undefined) throw new Error(`no golden ${tensor}`);
    const { dtype, shape, data } = found;
    if (dtype === "float32") return floats(shape, [...fp32Values(found)]);
    return { dtype, shape, values: Array.from(new BigInt64Array(Uint8Array.from(data).buffer), Number) };
  };
  return {
    filled,
    has: (tensor) => golden.has(tensor),
    numbers: (tensor) => filled(tensor).values,
    trained: [...golden.keys()].flatMap((key) => (key.startsWith("start/") ? [key.slice(6)] : [])),
  };
}

/** ‖a − b‖ / ‖b‖ */
export function distance(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const norm = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(a.map((value, at) => value - b[at]!)) / norm(b);
}

export const int64 = (shape: readonly number[], values: readonly number[]): Filled => ({
  dtype: "int64",
  shape,
  values,
});

/** The trained tensors of a step as its vector. */
export const packed = (
  { spans }: TrainStep,
  { numbers }: GoldenTensors,
  moment: "start" | "end",
): readonly number[] => [...spans.keys()].flatMap((name) => numbers(`${moment}/${name}`));

/** Loss, gradients and the parameters after AdamW steps are the golden ones. @param kept how much counts in the batch. */
export async function expectGoldenSteps(
  model: GoldenTensors,
  step: TrainStep & { readonly loss: string },
  { feeds, kept }: { feeds: Readonly<Record<string, Filled>>; kept: number },
): Promise<void> {
  expect([...step.spans.keys()].sort()).toEqual([...model.trained].sort());
  const running = await startGraph(step.graph);
  const adamw = await startGraph(buildAdamW(step.size, SETTINGS));
  const vector = (values: readonly number[]): Filled => floats([step.size], values);
  const start = packed(step, model, "start");
  let state = { parameters: vector(start), mean: zeros(step.size), square: zeros(step.size) };
  for (let at = 1; at <= STEPS; at++) {
    const made = await running.run({ ...feeds, parameters: state.parameters });
    const gradient = made[step.gradient]!;
    if (at === 1) {
      expect(made[step.loss]!.values[0]! / kept).toBeCloseTo(model.numbers("loss")[0]!, 5);
      for (const [name, { offset, shape }] of step.spans) {
        const end = offset + shape.reduce((a, b) => a * b, 1);
        const ours = gradient.values.slice(offset, end).map((value) => value / kept);
        expect(distance(ours, model.numbers(`gradient/${name}`)), name).toBeLessThan(1e-4);
      }
    }
    const updated = await update(adamw, { ...state, gradient }, kept, at);
    expect(updated["norm"]!.values[0]).toBeCloseTo(model.numbers(`norm/${at - 1}`)[0]!, 4);
    state = {
      parameters: updated["parameters_out"]!,
      mean: updated["mean_out"]!,
      square: updated["square_out"]!,
    };
  }
  const moved = (values: readonly number[]): number[] => values.map((value, at) => value - start[at]!);
  const theirs = moved(packed(step, model, "end"));
  expect(distance(moved(state.parameters.values), theirs)).toBeLessThan(1e-3);
}

const zeros = (size: number): Filled => floats([size], Array(size).fill(0));

function update(
  adamw: RunningGraph,
  vectors: Record<"parameters" | "mean" | "square" | "gradient", Filled>,
  kept: number,
  at: number,
): Promise<Record<string, Filled>> {
  const scalar = (value: number): Filled => floats([], [value]);
  return adamw.run({
    ...vectors,
    gradient_scale: scalar(1 / kept),
    rate: scalar(RATE),
    correction1: scalar(1 - SETTINGS.beta1 ** at),
    correction2: scalar(1 - SETTINGS.beta2 ** at),
  });
}
