/** One training step of LoRA on a decoder as a graph: from tokens and one vector of parameters to the loss and the vector's gradient. */
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { attachCausalLoss } from "../../graph/passes/attach-causal-loss.ts";
import type { BaseKind } from "../../graph/passes/store-base.ts";
import { type Batch, buildLlama, type Weights } from "../../models/llama/build-llama.ts";
import type { LlamaConfig } from "../../models/llama/config.ts";
import { assembleStep, type MemoryMode, type Trained, type TrainStep } from "./assemble-step.ts";

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
  const build = new Builder("step");
  const hidden = buildLlama(build, config, weights, batch);
  const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
  if (build.typeOf(table) === undefined) build.weight(table, weights(table));
  const { loss, gradient } = attachCausalLoss(build, hidden, table, base !== "f32");
  const seeds = new Map([[hidden, gradient]]);
  return { loss, ...assembleStep(build.build([loss]), { targets, ...more }, { seeds, memory, base }) };
}
