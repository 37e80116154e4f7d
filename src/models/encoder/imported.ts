/** An encoder that came as an ONNX file, for the heads and losses that the families have. */

import { FrugalError } from "../../core/error.ts";
import type { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import { isStatic } from "../../graph/shapes.ts";
import { findWeight, type WeightLookup } from "../find-weight.ts";
import type { Encoded } from "./encoder.ts";
import { encoderLayers } from "./layers.ts";

export interface ImportedEncoder {
  /** Behind `forTraining`, every size a number. */
  readonly graph: Graph;
  /** Which output is built upon; without it the first. */
  readonly output?: string;
  /** Of a new head (`withNewHead`), when one is put on. */
  readonly weights?: WeightLookup;
}

/**
 * Adds the graph. `hidden` is its output [rows, length, width] as [rows · length, width], or what has two sides already: one vector, or the
 * answers of the file's own head, for each row.
 * @throws "graph-unsupported" for an output that is neither, naming it.
 */
export function addImported(build: Builder, { graph, output, weights }: ImportedEncoder): Encoded {
  const answer = output ?? graph.outputs[0]!;
  for (const name of graph.inputs) {
    const type = graph.types.get(name);
    if (type !== undefined) build.input(name, type.dtype, type.shape);
  }
  for (const [name, tensor] of graph.initializers) build.weight(name, tensor);
  for (const node of graph.nodes) build.add(node);
  const shape = build.typeOf(answer)?.shape ?? [];
  if (!graph.outputs.includes(answer) || !isStatic(shape) || (shape.length !== 2 && shape.length !== 3)) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `no head can be put on "${answer}" of graph "${graph.name}"`,
      why: graph.outputs.includes(answer)
        ? `its shape is [${shape.join(", ")}], and not rows and a vector for each, or for each of their tokens`
        : "it is none of its outputs",
      remedy: `name one of its outputs: ${graph.outputs.join(", ")}; give every size of the inputs a number`,
    });
  }
  const [rows, length] = shape.length === 3 ? (shape as [number, number]) : [shape[0]!, 1];
  const layers = encoderLayers(build, (name) => findWeight(weights ?? (() => undefined), name, []), {
    rows,
    length,
  });
  const hidden = shape.length === 3 ? layers.reshape(answer, [rows * length, shape[2]!]) : answer;
  const mask = build.typeOf(ATTENTION_MASK)?.shape ?? [];
  return {
    layers,
    hidden,
    attentionMask: mask.join() === `${rows},${length}` ? ATTENTION_MASK : undefined,
    classifyRows: () => layers.linear(layers.first(hidden), "classifier"),
    classifyTokens: () => layers.linear(hidden, "classifier"),
  };
}

/** What exporters of the hub call it, and tokenizers too. */
const ATTENTION_MASK = "attention_mask";
