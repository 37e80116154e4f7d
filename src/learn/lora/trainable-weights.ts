/** Which weights full tuning trains. */
import type { Graph, Node } from "../../graph/graph.ts";
import { bodiesOf } from "../../graph/summary/weights.ts";

/** Inputs of operators that hold what a model has learned. Tables of positions and masks, which are computed, come in elsewhere. */
const LEARNED: Readonly<Record<string, readonly number[]>> = {
  Gemm: [1, 2],
  MatMul: [0, 1],
  Conv: [1, 2],
  Gather: [0],
  LayerNormalization: [1, 2],
  RMSNormalization: [1],
  Add: [0, 1],
  Mul: [0, 1],
};

/**
 * All float32 weights of products, look-ups and norms, with their biases, in the graph's order; single numbers are settings. The table that
 * a decoder's loss is computed with stays as it is: the loss gives no gradient of it (graph/passes/attach-causal-loss.ts).
 */
export function trainableWeights(graph: Graph): readonly string[] {
  const used = new Set(graph.nodes.flatMap(learnedBy));
  const inBodies = graph.nodes
    .flatMap(bodiesOf)
    .flatMap(({ nodes }) => nodes.flatMap(({ inputs }) => inputs));
  for (const name of inBodies) used.delete(name);
  return [...graph.initializers].flatMap(([name, { dtype, shape }]) => {
    const isNumber = shape.every((side) => side === 1);
    return used.has(name) && dtype === "float32" && !isNumber ? [name] : [];
  });
}

const learnedBy = ({ op, domain, inputs }: Node): readonly string[] =>
  domain === "" ? (LEARNED[op] ?? []).flatMap((at) => inputs[at] ?? []) : [];
