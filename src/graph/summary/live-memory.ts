/**
 * How much of what nodes make must be there at the same time, in the runtime's own order and with its own sharing of buffers, when
 * each buffer is dropped after its last use.
 */
import { DTYPE_BITS } from "../../formats/tensor-ref.ts";
import type { Graph, TensorType } from "../graph.ts";
import { elements } from "../shapes.ts";
import { bodyGraph } from "./body-graph.ts";
import { runtimeOrder, usedBy } from "./runtime-order.ts";
import { shareBuffers } from "./share-buffers.ts";
import { bodiesOf } from "./weights.ts";

export interface LiveMemory {
  /** Bytes of inputs, outputs and values between, without weights: the most at one time. */
  readonly bytes: number;
  /** Values whose size is not known before the run, which are not in it. */
  readonly unknown: number;
}

/** The arena gives memory in such units (microsoft/onnxruntime, bfc_arena.h, kMinAllocationSize). */
const UNIT = 256;

export function liveMemory(graph: Graph): LiveMemory {
  const order = runtimeOrder(graph);
  const buffers = shareBuffers(graph, order);
  const last = new Map<string, number>();
  const use = (name: string, at: number): unknown => last.set(buffers.get(name) ?? name, at);
  for (const [at, node] of order.entries()) {
    for (const name of node.outputs) use(name, at);
    for (const name of usedBy(node)) use(name, at);
  }
  // Who runs the graph holds what it gave and what it gets.
  for (const name of [...graph.inputs, ...graph.outputs]) use(name, order.length);
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

export function bytesOf(type: TensorType | undefined): number | undefined {
  if (type === undefined || type.dtype === "string") return undefined;
  const count = elements(type.shape);
  return Number.isNaN(count) ? undefined : Math.ceil((count * DTYPE_BITS[type.dtype]) / 8);
}
