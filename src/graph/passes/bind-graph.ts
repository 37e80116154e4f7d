/** Numbers in place of a graph's symbolic sizes, such as the chunks of a batch: all types that follow from them. */
import { Facts } from "../facts.ts";
import type { Graph } from "../graph.ts";

/** @param sizes by the symbols of the inputs; one that is not there stays a symbol. */
export function bindGraph(graph: Graph, sizes: ReadonlyMap<string, number>): Graph {
  const facts = new Facts(graph);
  for (const name of graph.inputs) {
    const type = graph.types.get(name);
    if (type === undefined) continue;
    const shape = type.shape.map((side) => (typeof side === "string" ? (sizes.get(side) ?? side) : side));
    facts.types.set(name, { dtype: type.dtype, shape });
  }
  for (const [name, tensor] of graph.initializers) facts.learnWeight(name, tensor);
  for (const node of graph.nodes) facts.learnNode(node);
  return { ...graph, types: facts.types };
}
