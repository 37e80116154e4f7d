/**
 * How much of what nodes make must be there at the same time, in the runtime's own order, when each value is dropped after its last
 * use. On top of that the runtime computes some operators in place and keeps some buffers for values of the same shape: in training
 * steps both together changed the peak by less than a twentieth (docs/graph.md).
 */
import { DTYPE_BITS } from "../../formats/tensor-ref.ts";
import type { Graph, Node, TensorType } from "../graph.ts";
import { elements } from "../shapes.ts";
import { bodyGraph } from "./body-graph.ts";
import { runtimeOrder, usedBy } from "./runtime-order.ts";
import { bodiesOf } from "./weights.ts";

export interface LiveMemory {
  /** Bytes of inputs, outputs and values between, without weights: the most at one time. */
  readonly bytes: number;
  /** Values whose size is not known before the run, which are not in it. */
  readonly unknown: number;
}

/** Operators whose output is their first input under another shape (microsoft/onnxruntime: kernels with Alias(0, 0)). */
export const VIEWS: ReadonlySet<string> = new Set(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);
/** The arena gives memory in such units (microsoft/onnxruntime, bfc_arena.h, kMinAllocationSize). */
const UNIT = 256;

export function liveMemory(graph: Graph): LiveMemory {
  const order = runtimeOrder(graph);
  const buffers = buffersOf(graph, order);
  const last = new Map<string, number>();
  const use = (name: string, at: number): unknown => last.set(buffers.get(name) ?? name, at);
  for (const [at, node] of order.entries()) {
    for (const name of node.outputs) use(name, at);
    for (const name of usedBy(node)) use(name, at);
  }
  for (const name of graph.outputs) use(name, order.length);
  const ends = new Map<number, string[]>();
  for (const [name, at] of last) ends.set(at, [...(ends.get(at) ?? []), name]);
  const live = new Map<string, number>();
  let [now, most, unknown] = [0, 0, 0];
  const start = (name: string): void => {
    const bytes = bytesOf(graph.types.get(name));
    if (bytes === undefined) unknown++;
    const rounded = Math.ceil((bytes ?? 0) / UNIT) * UNIT;
    live.set(name, rounded);
    now += rounded;
  };
  for (const name of graph.inputs) start(name);
  most = now;
  for (const [at, node] of order.entries()) {
    for (const name of node.outputs) if (name !== "" && !buffers.has(name)) start(name);
    const inside = bodiesOf(node).map((body) => liveMemory(bodyGraph(body, graph)));
    unknown += inside.reduce((sum, body) => sum + body.unknown, 0);
    most = Math.max(most, now + Math.max(0, ...inside.map(({ bytes }) => bytes)));
    for (const name of ends.get(at) ?? []) {
      now -= live.get(name) ?? 0;
      live.delete(name);
    }
  }
  return { bytes: most, unknown };
}

/** The value in whose memory another one lies. */
function buffersOf(graph: Graph, order: readonly Node[]): ReadonlyMap<string, string> {
  const buffers = new Map<string, string>();
  for (const { op, inputs, outputs } of order) {
    // An output of the graph is a tensor of its own.
    if (!VIEWS.has(op) || graph.outputs.includes(outputs[0]!)) continue;
    buffers.set(outputs[0]!, buffers.get(inputs[0]!) ?? inputs[0]!);
  }
  return buffers;
}

export function bytesOf(type: TensorType | undefined): number | undefined {
  if (type === undefined || type.dtype === "string") return undefined;
  const count = elements(type.shape);
  return Number.isNaN(count) ? undefined : Math.ceil((count * DTYPE_BITS[type.dtype]) / 8);
}
