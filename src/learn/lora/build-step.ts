/** One training step of LoRA on a decoder as a graph: from tokens and one vector of parameters to the loss and the vector's gradient. */
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { attachCausalLoss, attachCausalScores } from "../../graph/passes/attach-causal-loss.ts";
import type { BaseKind } from "../../graph/passes/store-base.ts";
import { type Batch, buildLlama, type Weights } from "../../models/llama/build-llama.ts";
import type { LlamaConfig } from "../../models/llama/config.ts";
import {
  assembleForward,
  assembleStep,
  type MemoryMode,
  type Trained,
  type TrainStep,
} from "./assemble-step.ts";

/** Inputs: parameters, input_ids, position_ids, segment_ids, loss_rows, loss_labels, loss_weights. Outputs: loss, gradient. */
export interface LoraStep extends TrainStep {
  readonly loss: string;
}

export function buildLoraStep(
  config: LlamaConfig,
  weights: Weights,
  batch: Batch,
  targets: (graph: Graph) => readonly LoraTarget[],
  memory: MemoryMode,
  base: BaseKind = "f32",
  more: Pick<Trained, "whole" | "dropout"> = {},
): LoraStep {
  const { build, hidden, table } = decoder("step", config, weights, batch);
  const { loss, gradient } = attachCausalLoss(build, hidden, table, isSliced(base));
  const seeds = new Map([[hidden, gradient]]);
  return { loss, ...assembleStep(build.build([loss]), { targets, ...more }, { seeds, memory, base }) };
}

/** For judging: the same inputs. @returns the graph, whose only output is float32 [chunks, CHUNK, 1], the loss of each row. */
export function buildLoraScores(
  config: LlamaConfig,
  weights: Weights,
  batch: Batch,
  trained: Trained,
  base: BaseKind = "f32",
): Graph {
  const { build, hidden, table } = decoder("scores", config, weights, batch);
  return assembleForward(
    build.build([attachCausalScores(build, hidden, table, isSliced(base))]),
    trained,
    base,
  );
}

function decoder(name: string, config: LlamaConfig, weights: Weights, batch: Batch) {
  const build = new Builder(name);
  const hidden = buildLlama(build, config, weights, batch);
  const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
  if (build.typeOf(table) === undefined) build.weight(table, weights(table));
  return { build, hidden, table };
}

/** Tables that are made float32 where they are used; products in integers leave them as they are. */
const isSliced = (base: BaseKind): boolean => base !== "f32" && base !== "w8a8";
