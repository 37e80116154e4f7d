/** Drops what no output depends on. */
import type { Graph } from "../graph.ts";

export function prune(graph: Graph): Graph {
  const wanted = new Set(graph.outputs);
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs, attributes }) => {
    if (!outputs.some((name) => wanted.has(name))) return false;
    for (const name of inputs) wanted.add(name);
    // Sub-graphs use values of the graph around them by name.
    for (const attribute of Object.values(attributes)) {
      for (const body of attribute.type === "graph" ? [attribute.value] : []) {
        for (const node of body.nodes) for (const name of node.inputs) wanted.add(name);
        for (const { name } of body.outputs) wanted.add(name);
      }
    }
    return true;
  });
  return {
    ...graph,
    nodes: nodes.toReversed(),
    initializers: new Map([...graph.initializers].filter(([name]) => wanted.has(name))),
  };
}
