/** The graphs that tune an encoder. */
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
import { resolveSettings } from "../../learn/lora/resolve-settings.ts";
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
  readonly weightOf: WeightLookup;
}

export function encoderGraphs(encoder: OpenEncoder, head: TaskHead, recipe: Recipe): EncoderGraphs {
  const { method, seed, base } = recipe;
  const weights = withNewHead(encoder.lookup, head.shapes, seed);
  const task = ({ rows, length }: EncoderShape): EncoderTask => ({
    encode: (build) => encoder.encode(build, { rows, length }, weights),
    head: head.head,
    loss: head.loss,
  });
  let adapted: readonly string[] = [];
  const low = (graph: Graph): readonly LoraTarget[] => {
    const { targets } = resolveSettings(graph, loraSettings(recipe), encoder.type);
    const chosen = targets.filter(({ weight }) => !head.shapes.has(weight));
    adapted = chosen.map(({ weight }) => weight);
    return chosen;
  };
  const trained: Trained = {
    targets: method === "lora" ? low : () => [],
    whole: [...head.shapes.keys()],
    ...(method === "lora" && { dropout: recipe.dropout }),
  };
  return {
    step: (shape, memory) => buildEncoderStep(task(shape), trained, memory, base),
    forward: (shape) => buildEncoderForward(task(shape), trained, base),
    adapted: () => adapted,
    weightOf: weights,
  };
}

/** Of all graphs that the run opens, one for each shape of batch. */
export function forecastEncoder(
  graphs: EncoderGraphs,
  {
    mode,
    plan,
    heldPlan,
    adamw,
    oneHeap,
  }: {
    readonly mode: MemoryMode;
    readonly plan: EncoderPlan;
    readonly heldPlan: EncoderPlan;
    readonly adamw: AdamWSettings;
    readonly oneHeap: boolean;
  },
): MemoryForecast {
  const steps = plan.shapes.map((shape) => graphs.step(shape, mode));
  return forecastMemory(
    [
      ...steps.map(({ graph }) => graph),
      ...heldPlan.shapes.map((shape) => graphs.forward(shape).graph),
      buildAdamW(steps[0]!.size, adamw),
    ],
    { oneHeap },
  );
}
