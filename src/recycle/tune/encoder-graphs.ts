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
  type EncoderTask,
} from "../../learn/lora/build-encoder-step.ts";
import { resolveSettings } from "../../learn/lora/resolve-settings.ts";
import { withNewHead } from "../../models/encoder/new-head.ts";
import type { OpenEncoder } from "../../models/encoder/open-encoder.ts";
import type { TaskHead } from "./encoder-head.ts";
import { loraSettings } from "./lora-settings.ts";
import type { Recipe } from "./recipe.ts";

export interface EncoderShape {
  readonly rows: number;
  readonly length: number;
}

/** Of each shape of batch: the training step, and the forward pass that judges. */
export function encoderGraphs(encoder: OpenEncoder, head: TaskHead, recipe: Recipe) {
  const { method, seed } = recipe;
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
    step: (shape: EncoderShape, memory: MemoryMode) => buildEncoderStep(task(shape), trained, memory),
    forward: (shape: EncoderShape) => buildEncoderForward(task(shape), trained),
    adapted: () => adapted,
    weightOf: weights,
  };
}

/** Of all graphs that the run opens, one for each shape of batch. */
export function forecastEncoder(
  graphs: ReturnType<typeof encoderGraphs>,
  {
    mode,
    plan,
    heldPlan,
    adamw,
  }: {
    readonly mode: MemoryMode;
    readonly plan: EncoderPlan;
    readonly heldPlan: EncoderPlan;
    readonly adamw: AdamWSettings;
  },
): MemoryForecast {
  const steps = plan.shapes.map((shape) => graphs.step(shape, mode));
  return forecastMemory([
    ...steps.map(({ graph }) => graph),
    ...heldPlan.shapes.map((shape) => graphs.forward(shape).graph),
    buildAdamW(steps[0]!.size, adamw),
  ]);
}
