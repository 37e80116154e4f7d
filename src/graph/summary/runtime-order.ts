/**
 * The order in which ONNX Runtime runs a graph's nodes, which is not the order of the file: from the last node back to what it
 * needs, the latest first, each after its own needs (microsoft/onnxruntime, graph_viewer.cc and Graph::ReverseDFSFrom). What lives
 * how long, and so the memory of a run, depends on it.
 */
import { type Graph, type Node, producers } from "../graph.ts";
import { bodiesOf } from "./weights.ts";

export function runtimeOrder(graph: Graph): readonly Node[] {
  const maker = producers(graph);
  const place = new Map(graph.nodes.map((node, at) => [node, at]));
  const needs = new Map(
    graph.nodes.map((node) => [node, [...usedBy(node)].flatMap((name) => maker.get(name) ?? [])]),
  );
  const needed = new Set([...needs.values()].flat());
  const stack = graph.nodes.filter((node) => !needed.has(node)).map((node) => ({ node, ready: false }));
  const seen = new Set<Node>();
  const order: Node[] = [];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, ready } = next;
    if (ready) order.push(node);
    if (ready || seen.has(node)) continue;
    seen.add(node);
    stack.push({ node, ready: true });
    const before = needs.get(node)!.sort((a, b) => place.get(a)! - place.get(b)!);
    for (const one of before) if (!seen.has(one)) stack.push({ node: one, ready: false });
  }
  return order;
}

/** Names of values; sub-graphs use those of the graph around them. */
export const usedBy = (node: Node): ReadonlySet<string> =>
  new Set([
    ...node.inputs.filter((name) => name !== ""),
    ...bodiesOf(node).flatMap((body) => [
      ...body.nodes.flatMap((inner) => [...usedBy(inner)]),
      ...body.outputs.map(({ name }) => name),
    ]),
  ]);
