/** `frugal graph --json`: what is not known is left out, never 0. */
import type { OnnxModel } from "../../formats/onnx/model.ts";
import { nodeLabel } from "../../graph/graph.ts";
import type { Sizes } from "../../graph/summary/sizes.ts";
import type { GraphSummary, NamedType } from "../../graph/summary/summarize.ts";
import { type LinearLayer, whyNot } from "../../graph/summary/trainable.ts";

export interface ShownGraph {
  readonly file: string;
  readonly model: OnnxModel;
  readonly sizes: Sizes;
  readonly summary: GraphSummary;
}

export function graphJson({ file, model, sizes, summary }: ShownGraph): object {
  const { weights, work, live, training } = summary;
  return {
    schema: "frugal.graph/1",
    file,
    graph: model.graph.name,
    ir_version: model.irVersion,
    producer: [model.producerName, model.producerVersion].filter((word) => word !== "").join(" "),
    opsets: Object.fromEntries([...model.opsets].map(([domain, version]) => [domain || "ai.onnx", version])),
    sizes: {
      bound: Object.fromEntries(sizes.bound),
      assumed: [...sizes.assumed.keys()],
      open: sizes.open,
    },
    inputs: summary.inputs.map(valueJson),
    outputs: summary.outputs.map(valueJson),
    operators: summary.operators,
    weights: {
      numbers: total(weights.map(({ numbers }) => numbers)),
      bytes: total(weights.map(({ bytes }) => bytes)),
      kinds: weights,
    },
    flops: { known: work.flops, nodes_unknown: work.unknown },
    memory: {
      weights_bytes: total(weights.map(({ bytes }) => bytes)),
      values_bytes: live.bytes,
      values_unknown: live.unknown,
    },
    problems: summary.problems,
    training: {
      ...(training.notLowered !== undefined && { not_lowered: training.notLowered }),
      layers: training.layers.map((layer) => layerJson(layer, model.graph.name)),
    },
  };
}

export const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

const valueJson = ({ name, type }: NamedType): object => ({ name, ...type });

const layerJson = (
  { node, weight, parameters, takesLora, gradient }: LinearLayer,
  graph: string,
): object => ({
  node: nodeLabel(node, graph),
  weight,
  ...(Number.isFinite(parameters) && { parameters }),
  lora: takesLora,
  gradient_reaches: gradient === "reached",
  ...(gradient !== "reached" && { why_not: whyNot(gradient, graph) }),
});
