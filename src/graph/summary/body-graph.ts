/** The sub-graph of a node, as Scan has one, with the types of its values as far as they are known. */
import { FrugalError } from "../../core/error.ts";
import type { OnnxGraph } from "../../formats/onnx/model.ts";
import { Facts } from "../facts.ts";
import type { Graph } from "../graph.ts";

/** @param around the graph that the node stands in, whose values the body may use. */
export function bodyGraph(body: OnnxGraph, around: Pick<Graph, "opsets" | "types">): Graph {
  const facts = new Facts({ name: body.name, opsets: around.opsets });
  for (const [name, type] of around.types) facts.types.set(name, type);
  for (const [name, tensor] of body.initializers) facts.learnWeight(name, tensor);
  for (const { name, type } of body.inputs) {
    if (type.kind === "tensor" && type.shape !== undefined) {
      const shape = type.shape.map((side, axis) => side ?? `${name}#${axis}`);
      facts.types.set(name, { dtype: type.dtype, shape });
    }
  }
  for (const node of body.nodes) {
    try {
      facts.learnNode(node);
    } catch (thrown) {
      // Its outputs stay unknown, and are counted as such.
      if (!(thrown instanceof FrugalError) || thrown.code !== "graph-unsupported") throw thrown;
    }
  }
  return {
    name: body.name,
    opsets: around.opsets,
    inputs: body.inputs.map(({ name }) => name),
    outputs: body.outputs.map(({ name }) => name),
    initializers: body.initializers,
    nodes: body.nodes,
    types: facts.types,
  };
}
