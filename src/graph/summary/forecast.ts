/** What a run of a graph will take, told before it: memory and time. */
import { FrugalError } from "../../core/error.ts";
import type { Graph } from "../graph.ts";
import { bindGraph } from "../passes/bind-graph.ts";
import { elements } from "../shapes.ts";
import { bytesOf, liveMemory } from "./live-memory.ts";
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
  /** Inputs, outputs and what lies between, of each graph at the moment when it has most of it, or of the largest graph with one heap. */
  readonly activations: number;
  /** The runtime, and the nodes as it holds them. */
  readonly runtime: number;
  /** All of it: what a process grows by that loads the runtime, opens the graphs and runs them. */
  readonly peak: number;
}

export interface ForecastOptions {
  /** For symbols of the inputs' shapes. */
  readonly sizes?: ReadonlyMap<string, number>;
  /** Whether graphs take turns in one heap; otherwise each keeps what it ever took. */
  readonly oneHeap?: boolean;
}

/**
 * Bytes of a process that opened sessions beyond weights and activations: what a node costs, and what the runtime itself costs with
 * its threads and the results that are not collected yet. onnxruntime-node 1.30 on Linux x64, see the table in docs/graph.md.
 */
const NODE_BYTES = 7_500;
const RUNTIME_BYTES = 40e6;

/**
 * @param graphs that one process runs in turn, such as a step and its optimizer; weights of one name are there once.
 * @throws "graph-unsupported" when a size that decides is not known, naming the value.
 */
export function forecastMemory(
  graphs: readonly Graph[],
  { sizes = new Map(), oneHeap = false }: ForecastOptions = {},
): MemoryForecast {
  const weights = new Map<string, number>();
  let [activations, runtime] = [0, RUNTIME_BYTES];
  for (const graph of graphs) {
    const bound = bindGraph(graph, sizes);
    const open = [...bound.types].find(([, { shape }]) => Number.isNaN(elements(shape)));
    if (open !== undefined) throw unknownSize(graph, open[0], bound);
    for (const [name, { data }] of graph.initializers) weights.set(`${name} ${data.length}`, data.length);
    const live = liveMemory(bound).bytes;
    activations = oneHeap ? Math.max(activations, live) : activations + live;
    runtime += NODE_BYTES * graph.nodes.length;
    // What the run before gave is not collected yet.
    for (const name of graph.outputs) runtime += bytesOf(bound.types.get(name)) ?? 0;
  }
  const weightBytes = [...weights.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { weights: weightBytes, activations, runtime, peak: weightBytes + activations + runtime };
}

/**
 * Seconds that one run takes at least, once memory has been touched: each node computes and moves its bytes, and neither hides the other. The first
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
