/** How much of what nodes make must be there at the same time, when each value is dropped after its last use. */
import { DTYPE_BITS } from "../../formats/tensor-ref.ts";
import type { Graph, Node, TensorType } from "../graph.ts";
import { elements } from "../shapes.ts";
import { bodiesOf } from "./weights.ts";

export interface LiveMemory {
  /** Bytes of inputs, outputs and values between, without weights: the most at one time. */
  readonly bytes: number;
  /** Values whose size is not known before the run, which are not in it. */
  readonly unknown: number;
}

/** Nodes run in the graph's order; the runtime may share buffers, compute in place, or need scratch space of its own. */
export function liveMemory(graph: Graph): LiveMemory {
  const last = new Map<string, number>();
  for (const [at, node] of graph.nodes.entries()) for (const name of usedBy(node)) last.set(name, at);
  for (const name of graph.outputs) last.set(name, graph.nodes.length);
  const live = new Map<string, number>();
  let [now, most, unknown] = [0, 0, 0];
  const start = (name: string): void => {
    const bytes = bytesOf(graph.types.get(name));
    if (bytes === undefined) unknown++;
    live.set(name, bytes ?? 0);
    now += bytes ?? 0;
  };
  const end = (name: string): void => {
    now -= live.get(name) ?? 0;
    live.delete(name);
  };
  for (const name of graph.inputs) start(name);
  most = now;
  for (const [at, node] of graph.nodes.entries()) {
    const made = node.outputs.filter((name) => name !== "");
    for (const name of made) start(name);
    most = Math.max(most, now);
    for (const name of usedBy(node)) if (last.get(name) === at) end(name);
    for (const name of made) if (!last.has(name)) end(name);
  }
  return { bytes: most, unknown };
}

/** Sub-graphs use values of the graph around them by name. */
const usedBy = (node: Pick<Node, "inputs" | "attributes"> & Node): ReadonlySet<string> =>
  new Set([
    ...node.inputs,
    ...bodiesOf(node).flatMap((body) => [
      ...body.nodes.flatMap((inner) => [...usedBy(inner)]),
      ...body.outputs.map(({ name }) => name),
    ]),
  ]);

function bytesOf(type: TensorType | undefined): number | undefined {
  if (type === undefined || type.dtype === "string") return undefined;
  const count = elements(type.shape);
  return Number.isNaN(count) ? undefined : Math.ceil((count * DTYPE_BITS[type.dtype]) / 8);
}
