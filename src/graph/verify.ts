/** What every graph must hold; run between passes, so that a broken one is found where it was broken. */
import { InternalError } from "../core/error.ts";
import { byteSize, elementCount } from "../formats/tensor-ref.ts";
import { Builder } from "./builder.ts";
import { type Graph, nodeLabel } from "./graph.ts";
import { sameShape } from "./shapes.ts";

/**
 * Every value is made once and before it is used, and has the type that the op table infers; weights have as many bytes as their
 * types say.
 * @throws InternalError naming the pass and the place.
 */
export function verify(graph: Graph, after: string): Graph {
  const wrong = (what: string): InternalError => new InternalError(`after ${after}: ${what}`);
  for (const [name, { dtype, shape, data }] of graph.initializers) {
    if (dtype !== "string" && data.length !== byteSize(dtype, shape)) {
      throw wrong(`weight "${name}": ${data.length} bytes are not ${elementCount(shape)} of ${dtype}`);
    }
  }
  let again: Graph;
  try {
    again = new Builder(graph.name, graph).build(graph.outputs);
  } catch (thrown) {
    throw new InternalError(`after ${after}`, thrown);
  }
  for (const node of graph.nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      const [stated, inferred] = [graph.types.get(name), again.types.get(name)];
      if (stated === undefined || inferred === undefined) {
        throw wrong(`${nodeLabel(node, graph.name)}: "${name}" has no type`);
      }
      if (stated.dtype !== inferred.dtype || !sameShape(stated.shape, inferred.shape)) {
        const [said, is] = [stated, inferred].map(({ dtype, shape }) => `${dtype}[${shape.join(", ")}]`);
        throw wrong(`${nodeLabel(node, graph.name)}: "${name}" is said to be ${said}, but is ${is}`);
      }
    }
  }
  return graph;
}
