/** A model as a graph with an adapter inside its weights: it costs nothing more to run than without. */
import type { TensorRef } from "../../formats/tensor-ref.ts";
import type { Graph, Node } from "../../graph/graph.ts";
import { linearLayers } from "../../graph/passes/add-lora.ts";
import { fuse } from "../../graph/passes/fuse.ts";
import { verify } from "../../graph/verify.ts";
import { type Adapter, type AdapterLayer, attachAdapter, layersOf, wholeOf } from "./adapter.ts";
import { mergedWeight } from "./merge-adapter.ts";
import { transposed } from "./uniform-layers.ts";

/**
 * Where one of the weights is computed in the graph, or is used otherwise as well, the adapter stays beside its layers.
 * @param adapter that fits (`fitAdapter`).
 */
export function mergeIntoGraph(graph: Graph, adapter: Adapter): Graph {
  const linear = linearLayers(graph);
  const merged = new Map<string, TensorRef>();
  for (const layer of layersOf(adapter)) {
    const name = `${layer.module}.weight`;
    const tensor = graph.initializers.get(name);
    const nodes = linear.get(name) ?? [];
    const own = ownLayer(layer, nodes);
    if (tensor === undefined || own === undefined || usedElsewhere(graph, name, nodes))
      return attachAdapter(graph, adapter);
    merged.set(name, mergedWeight(name, tensor, own));
  }
  return { ...graph, initializers: new Map([...graph.initializers, ...wholeOf(adapter), ...merged]) };
}

/** Ready to be run. @param adapter that fits. */
export const runnable = (graph: Graph, adapter: Adapter): Graph =>
  fuse(verify(mergeIntoGraph(graph, adapter), "merging an adapter"));

/** The layer for its weight as it lies in the graph; undefined for DoRA on a transposed one, whose lengths are those of columns. */
function ownLayer(layer: AdapterLayer, nodes: readonly Node[]): AdapterLayer | undefined {
  if (nodes.every(({ attributes }) => attributes["transB"]?.value === 1)) return layer;
  if (layer.magnitude !== undefined || nodes.some(({ attributes }) => attributes["transB"]?.value === 1))
    return undefined;
  return { ...layer, a: transposed(layer.b), b: transposed(layer.a) };
}

const usedElsewhere = ({ nodes, outputs }: Graph, name: string, own: readonly Node[]): boolean =>
  outputs.includes(name) ||
  nodes.some(
    (node) => node.inputs.includes(name) && !(own.includes(node) && node.inputs.indexOf(name) === 1),
  );
