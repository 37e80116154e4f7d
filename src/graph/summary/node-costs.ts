/** What each node costs: operations, and bytes that it reads and writes. A node of a Scan's body counts once for each slice. */
import { FrugalError } from "../../core/error.ts";
import { Facts } from "../facts.ts";
import { type Graph, type Node, nodeLabel } from "../graph.ts";
import { NodeView } from "../node-view.ts";
import { rowOf } from "../op-table.ts";
import { bodyGraph } from "./body-graph.ts";
import { bytesOf } from "./live-memory.ts";
import { VIEWS } from "./share-buffers.ts";

export interface NodeCost {
  readonly node: Node;
  /** Of all its runs together, as the bytes are. */
  readonly flops: number;
  readonly bytes: number;
  readonly runs: number;
}

export interface Costs {
  readonly costs: readonly NodeCost[];
  /** Labels of nodes of which something is not known before the run; the costs lack them. */
  readonly unknown: readonly string[];
}

/** @param runs how often the whole graph runs. */
export function nodeCosts(graph: Graph, runs = 1): Costs {
  const facts = new Facts(graph);
  for (const [name, type] of graph.types) facts.types.set(name, type);
  for (const [name, tensor] of graph.initializers) facts.learnWeight(name, tensor);
  const costs: NodeCost[] = [];
  const unknown: string[] = [];
  for (const node of graph.nodes) {
    try {
      facts.learnNode(node);
    } catch (thrown) {
      if (!(thrown instanceof FrugalError) || thrown.code !== "graph-unsupported") throw thrown;
      unknown.push(nodeLabel(node, graph.name));
      continue;
    }
    const view = new NodeView(node, facts);
    const { body } = node.attributes;
    if (node.op === "Scan" && body?.type === "graph") {
      const slices = view.shape(node.inputs.length - 1)[0];
      if (typeof slices === "number") {
        const inside = nodeCosts(bodyGraph(body.value, graph), runs * slices);
        costs.push(...inside.costs);
        unknown.push(...inside.unknown);
        continue;
      }
    }
    const flops = rowOf(node.domain, node.op)!.flops(view);
    const bytes = movedBytes(node, facts);
    if (Number.isFinite(flops)) costs.push({ node, flops: runs * flops, bytes: runs * bytes, runs });
    else unknown.push(nodeLabel(node, graph.name));
  }
  return { costs, unknown };
}

/** Of their first input they read only what they give. */
const PICKING: ReadonlySet<string> = new Set(["Gather", "GatherElements", "GatherND", "Slice"]);

function movedBytes(node: Node, facts: Facts): number {
  if (VIEWS.has(node.op)) return 0;
  const sum = (names: readonly string[]): number =>
    names.reduce((total, name) => total + (bytesOf(facts.typeOf(name)) ?? 0), 0);
  const written = sum(node.outputs);
  return written + (PICKING.has(node.op) ? written : sum(node.inputs));
}
