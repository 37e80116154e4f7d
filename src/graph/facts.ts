/** Types and small values of a graph, learned node by node. */
import { FrugalError } from "../core/error.ts";
import type { TensorRef } from "../formats/tensor-ref.ts";
import type { Graph, Node, TensorType } from "./graph.ts";
import { type Knowledge, NodeView } from "./node-view.ts";
import { rowOf } from "./op-table.ts";
import { knownValues, type Values } from "./values.ts";

export class Facts implements Knowledge {
  readonly name: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly types: Map<string, TensorType> = new Map();
  readonly #values = new Map<string, Values>();

  constructor({ name, opsets }: Pick<Graph, "name" | "opsets">) {
    this.name = name;
    this.opsets = opsets;
  }

  typeOf(value: string): TensorType | undefined {
    return this.types.get(value);
  }
  valuesOf(value: string): Values | undefined {
    return this.#values.get(value);
  }

  learnWeight(name: string, tensor: TensorRef): void {
    this.types.set(name, { dtype: tensor.dtype, shape: tensor.shape });
    this.#learn(name, knownValues(tensor));
  }

  /** @throws "graph-unsupported" when the op table has no row for the node. */
  learnNode(node: Node): void {
    const row = rowOf(node.domain, node.op);
    if (row === undefined) {
      throw new FrugalError({
        code: "graph-unsupported",
        what: `operator ${node.domain === "" ? "" : `${node.domain}.`}${node.op} in graph "${this.name}"`,
        why: `the table of operators has no row for it (node "${node.name || node.outputs[0]}")`,
        remedy: "docs/graph.md tells how a row is added",
      });
    }
    const view = new NodeView(node, this);
    for (const [at, type] of row.infer(view).entries()) {
      const name = node.outputs[at] ?? "";
      if (name !== "") this.types.set(name, type);
    }
    for (const [at, values] of (row.evaluate?.(view) ?? []).entries()) this.#learn(node.outputs[at]!, values);
  }

  #learn(name: string, values: Values | undefined): void {
    if (values !== undefined) this.#values.set(name, values);
  }
}
