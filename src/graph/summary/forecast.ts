/** What a run of a graph will take, told before it: memory and time. */
import { FrugalError } from "../../core/error.ts";
import type { Graph } from "../graph.ts";
import { bindGraph } from "../passes/bind-graph.ts";
import { elements } from "../shapes.ts";
import { liveMemory } from "./live-memory.ts";
import { type NodeCost, nodeCosts } from "./node-costs.ts";

/** What the runtime gets out of a machine at the moment (`measureRates` in src/engines/). */
export interface Rates {
  /** Of a product of two matrices that are neither thin nor small. */
  readonly flopsPerSecond: number;
  /** Read and written by an operator that works element by element. */
  readonly bytesPerSecond: number;
}

export interface MemoryForecast {
  readonly weights: number;
  /** Inputs, outputs and what lies between, at the moment when there is most of it. */
  readonly activations: number;
  /** The session itself: the graph as the runtime holds it. */
  readonly session: number;
  /** All of it: what a process grows by that opens the graph and runs it. */
  readonly peak: number;
}

/**
 * What a node costs in a session, and what a session costs with its first node (bytes): the growth of a process that opened steps of 369
 * to 7,691 nodes without running them, onnxruntime-node 1.30 on Linux x64 (docs/graph.md).
 */
const NODE_BYTES = 6_500;
const SESSION_BYTES = 35e6;

/**
 * @param sizes for symbols of the inputs' shapes.
 * @throws "graph-unsupported" when a size that decides is not known, naming the value.
 */
export function forecastMemory(graph: Graph, sizes: ReadonlyMap<string, number> = new Map()): MemoryForecast {
  const bound = bindGraph(graph, sizes);
  const open = [...bound.types].find(([, { shape }]) => Number.isNaN(elements(shape)));
  if (open !== undefined) throw unknownSize(graph, open[0], bound);
  const weights = [...graph.initializers.values()].reduce((sum, { data }) => sum + data.length, 0);
  const activations = liveMemory(bound).bytes;
  const session = SESSION_BYTES + NODE_BYTES * graph.nodes.length;
  return { weights, activations, session, peak: weights + activations + session };
}

/**
 * Seconds of one run, once memory has been touched: each node computes and moves its bytes, and neither hides the other. The first
 * run takes longer, since the system hands out memory on first use.
 */
export function forecastSeconds(
  graph: Graph,
  rates: Rates,
  sizes: ReadonlyMap<string, number> = new Map(),
): number {
  const { costs, unknown } = nodeCosts(bindGraph(graph, sizes));
  if (unknown.length > 0) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `how long ${unknown[0]} takes cannot be told`,
      why: "its operations are not known before the run",
      remedy: "give every symbolic size a number",
    });
  }
  return costs.reduce((sum, cost) => sum + secondsOf(cost, rates), 0);
}

/** To call a kernel and hand its work to the threads (seconds): see docs/graph.md. */
const CALL_SECONDS = 10e-6;

const secondsOf = ({ flops, bytes, runs }: NodeCost, { flopsPerSecond, bytesPerSecond }: Rates): number =>
  flops / flopsPerSecond + bytes / bytesPerSecond + runs * CALL_SECONDS;

function unknownSize(graph: Graph, value: string, { types }: Graph): FrugalError {
  const side = types.get(value)!.shape.find((one) => typeof one === "string");
  return new FrugalError({
    code: "graph-unsupported",
    what: `the memory of graph "${graph.name}" cannot be told`,
    why: `the size ${side} of its value "${value}" is not known before the run`,
    remedy: `give ${side} a number`,
  });
}
