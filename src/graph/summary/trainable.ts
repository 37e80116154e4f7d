/** Which linear layers a graph has, and whether a gradient of its outputs reaches them. */
import { frozenValues } from "../frozen.ts";
import { isFloat } from "../gradient-parts.ts";
import { type Graph, type Node, nodeLabel } from "../graph.ts";
import { rowOf } from "../op-table.ts";
import { linearLayers } from "../passes/add-lora.ts";
import { elements } from "../shapes.ts";

export interface LinearLayer {
  readonly node: Node;
  /** The operand that no input of the graph decides. */
  readonly weight: string;
  readonly parameters: number;
  /** Whether `addLora` takes it: other forms of a product with a weight are linear layers too. */
  readonly takesLora: boolean;
  readonly gradient: Reach;
}

/** "reached"; "flat" where nothing but operators without slope leads to an output; or the operator without a gradient. */
export type Reach = "reached" | "flat" | { readonly blockedBy: Node };

/** In the graph's order. */
export function trainableLayers(graph: Graph): readonly LinearLayer[] {
  const lora = new Set([...linearLayers(graph).values()].flat());
  const frozen = frozenValues(graph);
  const reach = reaches(graph);
  return graph.nodes.flatMap((node) => {
    const weight = weightOf(node, graph, frozen);
    if (weight === undefined) return [];
    return [
      {
        node,
        weight,
        parameters: elements(graph.types.get(weight)!.shape),
        takesLora: lora.has(node),
        gradient: reach.get(node.outputs[0]!) ?? "flat",
      },
    ];
  });
}

const PRODUCTS = new Set(["MatMul", "Gemm", "FusedMatMul", "MatMulInteger"]);

/** The matrix that a product multiplies what comes in with. */
function weightOf(node: Node, graph: Graph, frozen: ReadonlySet<string>): string | undefined {
  if (!PRODUCTS.has(node.op)) return undefined;
  const operands = node.inputs.slice(0, 2);
  const weights = operands.filter((name) => frozen.has(name) && graph.types.get(name)?.shape.length === 2);
  return weights.length === 1 && !operands.every((name) => frozen.has(name)) ? weights[0] : undefined;
}

/** Of every value that a gradient of the outputs may flow into, as `differentiate` would go; other values are not in it. */
function reaches(graph: Graph): ReadonlyMap<string, Reach> {
  const reach = new Map<string, Reach>();
  for (const name of graph.outputs) {
    const type = graph.types.get(name);
    if (type === undefined || isFloat(type.dtype)) reach.set(name, "reached");
  }
  for (const node of graph.nodes.toReversed()) {
    const arriving = node.outputs.flatMap((name) => reach.get(name) ?? []);
    const rule = rowOf(node.domain, node.op)?.gradient;
    if (arriving.length === 0 || rule === "flat") continue;
    const blocked = arriving.find((one) => typeof one === "object");
    const leaving = blocked ?? (rule === undefined ? { blockedBy: node } : "reached");
    for (const name of node.inputs) if (typeof reach.get(name) !== "object") reach.set(name, leaving);
  }
  return reach;
}

/** Words for it: `MaxPool "pool1" of graph "g" has no gradient`. */
export const whyNot = (reach: Exclude<Reach, "reached">, graph: string): string =>
  reach === "flat"
    ? "only operators without slope lead from them to an output"
    : `${nodeLabel(reach.blockedBy, graph)} has no gradient`;
