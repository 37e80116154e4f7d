/** What no input of a graph decides. */
import type { Graph } from "./graph.ts";
import { bodiesOf } from "./summary/weights.ts";

/** Weights, and what is computed from nothing else, such as weights of four bits as numbers. */
export function frozenValues(graph: Pick<Graph, "initializers" | "nodes">): ReadonlySet<string> {
  const frozen = new Set(graph.initializers.keys());
  for (const node of graph.nodes) {
    const { inputs, outputs } = node;
    const used = inputs.filter((name) => name !== "");
    // Bodies use values of the graph around them that are no inputs of their node.
    if (used.length > 0 && bodiesOf(node).length === 0 && used.every((name) => frozen.has(name)))
      for (const name of outputs) frozen.add(name);
  }
  return frozen;
}
