/** The graphs that tune a decoder. */
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { CHUNK } from "../../graph/passes/attach-causal-loss.ts";
import { type AdamWSettings, buildAdamW } from "../../graph/passes/build-adamw.ts";
import { forecastMemory, type MemoryForecast } from "../../graph/summary/forecast.ts";
import type { MemoryMode, Trained } from "../../learn/lora/assemble-step.ts";
import { buildLoraScores, buildLoraStep, type LoraStep } from "../../learn/lora/build-step.ts";
import { resolveSettings } from "../../learn/lora/resolve-settings.ts";
import type { Batch } from "../../models/llama/build-llama.ts";
import type { OpenDecoder } from "../../models/llama/open-decoder.ts";
import { loraSettings } from "./lora-settings.ts";
import type { Recipe } from "./recipe.ts";

export interface DecoderGraphs {
  step(shape: Batch, memory: MemoryMode): LoraStep;
  /** The pass that judges. */
  scores(shape: Batch): Graph;
  /** The weights that got an adapter; known once a graph was built. */
  adapted(): readonly string[];
}

export function decoderGraphs({ config, weights, type }: OpenDecoder, recipe: Recipe): DecoderGraphs {
  const { base, dropout } = recipe;
  let adapted: readonly string[] = [];
  const targets = (graph: Graph): readonly LoraTarget[] => {
    const { targets: chosen } = resolveSettings(graph, loraSettings(recipe), type);
    adapted = chosen.map(({ weight }) => weight);
    return chosen;
  };
  const trained: Trained = { targets, dropout };
  return {
    step: (shape, memory) => buildLoraStep(config, weights, shape, targets, memory, base, trained),
    scores: (shape) => buildLoraScores(config, weights, shape, trained, base),
    adapted: () => adapted,
  };
}

/** Of all graphs that the run opens; a batch has a loss at each of its tokens at most. */
export function forecastDecoder(
  graphs: DecoderGraphs,
  {
    mode,
    shape,
    held,
    adamw,
    oneHeap,
  }: {
    readonly mode: MemoryMode;
    readonly shape: Batch;
    readonly held: Batch;
    readonly adamw: AdamWSettings;
    readonly oneHeap: boolean;
  },
): MemoryForecast {
  const step = graphs.step(shape, mode);
  const most = Math.max(shape.rows * shape.length, held.rows * held.length);
  return forecastMemory([step.graph, graphs.scores(held), buildAdamW(step.size, adamw)], {
    sizes: new Map([["chunks", Math.ceil(most / CHUNK)]]),
    oneHeap,
  });
}
