/** The graphs that tune an encoder. */
import { FrugalError } from "../../core/error.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { type AdamWSettings, buildAdamW } from "../../graph/passes/build-adamw.ts";
import { forecastMemory, type MemoryForecast } from "../../graph/summary/forecast.ts";
import type { EncoderPlan } from "../../learn/data/encoder-batches.ts";
import type { MemoryMode, Trained } from "../../learn/lora/assemble-step.ts";
import {
  buildEncoderForward,
  buildEncoderStep,
  type EncoderStep,
  type EncoderTask,
} from "../../learn/lora/build-encoder-step.ts";
import { resolveModules, resolveSettings } from "../../learn/lora/resolve-settings.ts";
import { trainableWeights } from "../../learn/lora/trainable-weights.ts";
import { withNewHead } from "../../models/encoder/new-head.ts";
import type { OpenEncoder } from "../../models/encoder/open-encoder.ts";
import type { WeightLookup } from "../../models/find-weight.ts";
import type { TaskHead } from "./encoder-head.ts";
import { loraSettings } from "./lora-settings.ts";
import type { Recipe } from "./recipe.ts";

export interface EncoderShape {
  readonly rows: number;
  readonly length: number;
}

/** For each shape of batch. */
export interface EncoderGraphs {
  step(shape: EncoderShape, memory: MemoryMode): EncoderStep;
  /** The pass that judges. */
  forward(shape: EncoderShape): { readonly graph: Graph };
  /** The weights that got an adapter; known once a graph was built. */
  adapted(): readonly string[];
  /** The model's own, by the names of the graph; known once a graph was built. */
  weights(): Graph["initializers"];
  /** What the model's files call a weight of the graph; undefined for a new one. */
  fileNameOf(weight: string): string | undefined;
}

export function encoderGraphs(encoder: OpenEncoder, head: TaskHead, recipe: Recipe): EncoderGraphs {
  const { method, seed, base } = recipe;
  const stored = new Map<TensorRef, string>();
  const lookup: WeightLookup = (name) => {
    const found = encoder.lookup(name);
    if (found !== undefined) stored.set(found, name);
    return found;
  };
  const weights = withNewHead(lookup, head.shapes, seed);
  const task = ({ rows, length }: EncoderShape): EncoderTask => ({
    encode: (build) => encoder.encode(build, { rows, length }, weights),
    head: head.head,
    loss: head.loss,
  });
  let adapted: readonly string[] = [];
  let own: Graph["initializers"] = new Map();
  const settings = loraSettings(recipe);
  const low = (graph: Graph): readonly LoraTarget[] => {
    const { targets } = resolveSettings(graph, settings, encoder.type);
    const chosen = targets.filter(({ weight }) => !head.shapes.has(weight));
    adapted = chosen.map(({ weight }) => weight);
    return chosen;
  };
  const isLow = method === "lora" || method === "setfit";
  const trained: Trained = {
    targets: isLow ? low : () => [],
    whole: (graph) => {
      own = graph.initializers;
      if (method === "full") return trainableWeights(graph);
      const { whole } = resolveModules(graph, settings);
      if (isLow) requireModules(whole, settings.modules_to_save ?? []);
      return [...new Set([...head.shapes.keys(), ...(isLow ? whole : [])])];
    },
    ...(isLow && { dropout: recipe.dropout }),
  };
  return {
    step: (shape, memory) => buildEncoderStep(task(shape), trained, memory, base),
    forward: (shape) => buildEncoderForward(task(shape), trained, base),
    adapted: () => adapted,
    weights: () => own,
    fileNameOf: (weight) => stored.get(own.get(weight)!),
  };
}

function requireModules(whole: readonly string[], modules: readonly string[]): void {
  const absent = modules.find((module) => !whole.some((name) => `.${name}`.includes(`.${module}.`)));
  if (absent === undefined) return;
  throw new FrugalError({
    code: "bad-option",
    what: `no module of the model is called ${absent}`,
    why: "it was named as one that is trained as a whole",
    remedy: "name it as the model's weights do, without .weight or .bias",
  });
}

/** Of all graphs that the run opens, one for each shape of batch. */
export function forecastEncoder(
  graphs: EncoderGraphs,
  {
    mode,
    plan,
    judged,
    adamw,
    oneHeap,
  }: {
    readonly mode: MemoryMode;
    readonly plan: EncoderPlan;
    /** Texts that are judged. */
    readonly judged: readonly EncoderPlan[];
    readonly adamw: AdamWSettings;
    readonly oneHeap: boolean;
  },
): MemoryForecast {
  const steps = plan.shapes.map((shape) => graphs.step(shape, mode));
  const forwards = new Map(
    judged.flatMap(({ shapes }) => shapes.map((shape) => [`${shape.rows} ${shape.length}`, shape])),
  );
  return forecastMemory(
    [
      ...steps.map(({ graph }) => graph),
      ...[...forwards.values()].map((shape) => graphs.forward(shape).graph),
      buildAdamW(steps[0]!.size, adamw),
    ],
    { oneHeap },
  );
}
