/** What a graph takes, makes, costs and allows, without running it. */
import { FrugalError } from "../../core/error.ts";
import { type Graph, nodeLabel, type TensorType } from "../graph.ts";
import type { Imported } from "../import.ts";
import { rowOf } from "../op-table.ts";
import { forTraining } from "../passes/for-training.ts";
import { type LiveMemory, liveMemory } from "./live-memory.ts";
import { nodeCosts } from "./node-costs.ts";
import { type LinearLayer, trainableLayers } from "./trainable.ts";
import { allNodes, type WeightGroup, weightGroups } from "./weights.ts";

export interface NamedType {
  readonly name: string;
  /** undefined for what is no tensor, or is not known. */
  readonly type: TensorType | undefined;
}

export interface OperatorCount {
  /** With its domain, unless it is ONNX's own. */
  readonly op: string;
  readonly count: number;
  /** Whether the op table has it. */
  readonly covered: boolean;
  /** "flat": a small change of its input changes nothing. */
  readonly gradient: "yes" | "flat" | "no";
  /** Whether training may replace it with plain operators. */
  readonly lowered: boolean;
}

export interface Problem {
  readonly node: string;
  readonly why: string;
}

export interface Work {
  /** Of the nodes whose sizes are known. */
  readonly flops: number;
  readonly unknown: readonly string[];
}

export interface Training {
  readonly layers: readonly LinearLayer[];
  /** Why fused operators stayed as they are, if they had to. */
  readonly notLowered?: string;
}

export interface GraphSummary {
  readonly inputs: readonly NamedType[];
  readonly outputs: readonly NamedType[];
  readonly operators: readonly OperatorCount[];
  readonly weights: readonly WeightGroup[];
  readonly work: Work;
  readonly live: LiveMemory;
  /** Nodes that the op table does not cover. */
  readonly problems: readonly Problem[];
  readonly training: Training;
}

export function summarize({ graph, problems }: Imported): GraphSummary {
  const named = (name: string): NamedType => ({ name, type: graph.types.get(name) });
  return {
    inputs: graph.inputs.map(named),
    outputs: graph.outputs.map(named),
    operators: operatorsOf(graph),
    weights: weightGroups(graph),
    work: workOf(graph),
    live: liveMemory(graph),
    problems: problems.map(({ node, error }) => ({ node: nodeLabel(node, graph.name), why: error.why })),
    training: trainingOf(graph, problems.length),
  };
}

/** The most frequent first. */
function operatorsOf(graph: Graph): readonly OperatorCount[] {
  const counts = new Map<string, OperatorCount>();
  for (const { op, domain } of allNodes(graph)) {
    const row = rowOf(domain, op);
    const name = domain === "" || domain === "ai.onnx" ? op : `${domain}.${op}`;
    const gradient = row?.gradient === undefined ? "no" : row.gradient === "flat" ? "flat" : "yes";
    counts.set(name, {
      op: name,
      count: (counts.get(name)?.count ?? 0) + 1,
      covered: row !== undefined,
      gradient,
      lowered: row?.lower !== undefined,
    });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1));
}

function workOf(graph: Graph): Work {
  const { costs, unknown } = nodeCosts(graph);
  return { flops: costs.reduce((sum, { flops }) => sum + flops, 0), unknown };
}

function trainingOf(graph: Graph, problems: number): Training {
  if (problems > 0)
    return { layers: trainableLayers(graph), notLowered: "not every operator is in the table" };
  const plain = unlessUnsupported(() => forTraining(graph));
  return plain instanceof FrugalError
    ? { layers: trainableLayers(graph), notLowered: plain.message }
    : { layers: trainableLayers(plain) };
}

function unlessUnsupported<T>(work: () => T): T | FrugalError {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof FrugalError && thrown.code === "graph-unsupported") return thrown;
    throw thrown;
  }
}
