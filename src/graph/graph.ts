/** A compute graph: ONNX as an immutable value, its nodes in an order in which each value is made before it is used. */
import type { OnnxAttribute, OnnxNode } from "../formats/onnx/model.ts";
import type { Dtype, TensorRef } from "../formats/tensor-ref.ts";

export type Node = OnnxNode;
export type Attribute = OnnxAttribute;

/** A number, or a symbol that stands for the same number everywhere in its graph. */
export type Dim = number | string;
export type Shape = readonly Dim[];

export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

export interface Graph {
  readonly name: string;
  /** Version of each domain's operators; "" is ONNX itself. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Names of values that a run is given. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Weights and constants, by reference. */
  readonly initializers: ReadonlyMap<string, TensorRef>;
  readonly nodes: readonly Node[];
  /** Of inputs, initializers and whatever nodes make, as far as it is known. */
  readonly types: ReadonlyMap<string, TensorType>;
}

/** Which node makes a value. */
export function producers(graph: Graph): Map<string, Node> {
  const made = new Map<string, Node>();
  for (const node of graph.nodes) for (const name of node.outputs) if (name !== "") made.set(name, node);
  return made;
}

/** Which nodes use a value. */
export function consumers(graph: Graph): Map<string, Node[]> {
  const used = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) {
      if (name === "") continue;
      const users = used.get(name);
      if (users === undefined) used.set(name, [node]);
      else users.push(node);
    }
  }
  return used;
}

/** `MatMul "layer0/q" of graph "step"`, as error messages name it. */
export const nodeLabel = (node: Node, graph: string): string =>
  `${node.domain === "" ? "" : `${node.domain}.`}${node.op} "${node.name || node.outputs[0]}" of graph "${graph}"`;
