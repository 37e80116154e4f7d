/** One training step of LoRA on a decoder as a graph: from tokens and one vector of parameters to the loss and the vector's gradient. */
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { attachCausalLoss } from "../../graph/passes/attach-causal-loss.ts";
import { type Batch, buildLlama, type Weights } from "../../models/llama/build-llama.ts";
import type { LlamaConfig } from "../../models/llama/config.ts";
import { assembleStep, type MemoryMode, type TrainStep } from "./assemble-step.ts";

<<<<<<< HEAD
/**
 * What of a layer's forward pass is kept until its backward pass: all; the results of products and softmax, from which the rest is
 * soon computed again; or only what came into the layer.
 */
export type MemoryMode = "keep" | "light" | "recompute";

const COSTLY: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Softmax", "Conv"]);
const AGAIN = { light: ({ op }: Node) => !COSTLY.has(op), recompute: () => true };

export interface LoraStep {
  /** Inputs: parameters, input_ids, position_ids, segment_ids, loss_rows, loss_labels, loss_weights. Outputs: loss, gradient. */
  readonly graph: Graph;
=======
/** Inputs: parameters, input_ids, position_ids, segment_ids, loss_rows, loss_labels, loss_weights. Outputs: loss, gradient. */
export interface LoraStep extends TrainStep {
>>>>>>> encoders
  readonly loss: string;
}

export function buildLoraStep(
  config: LlamaConfig,
  weights: Weights,
  batch: Batch,
  targets: (graph: Graph) => readonly LoraTarget[],
  memory: MemoryMode,
): LoraStep {
  const build = new Builder("step");
  const hidden = buildLlama(build, config, weights, batch);
  const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
  if (build.typeOf(table) === undefined) build.weight(table, weights(table));
  const { loss, gradient } = attachCausalLoss(build, hidden, table);
<<<<<<< HEAD
  const { graph, gradients } = differentiate(build.build([loss]), {
    seeds: new Map([[hidden, gradient]]),
    wrt: [...shapes.keys()],
  });
  const last = new Builder("step", { ...graph, outputs: [] });
  const flat = pack(last, [...gradients.values()]);
  const whole = prune(last.build([loss, flat]));
  const kept =
    memory === "keep" ? whole : recompute(whole, { segmentOf: layerOf, isBackward, again: AGAIN[memory] });
  const fused = fuse(verify(kept, "building"));
  return { graph: fused, loss, gradient: flat, ...layOut(shapes) };
=======
  const seeds = new Map([[hidden, gradient]]);
  return { loss, ...assembleStep(build.build([loss]), { targets }, { seeds, memory }) };
>>>>>>> encoders
}
