/**
 * Which values lie in the memory of others, as ONNX Runtime plans it before the first run (microsoft/onnxruntime,
 * allocation_planner.cc): views always do, some operators write over an operand that nobody needs any more, and a buffer that is no
 * longer used serves the next value of the same type. Between two such uses it is kept, so that this may cost memory as well as save it.
 */
import { DTYPE_BITS } from "../../formats/tensor-ref.ts";
import type { Graph, Node, TensorType } from "../graph.ts";
import { usedBy } from "./runtime-order.ts";
import { bodiesOf } from "./weights.ts";

/** Their output is their first input under another shape: kernels with Alias(0, 0). */
export const VIEWS: ReadonlySet<string> = new Set(["Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"]);

/** Operands that the output may be written over: kernels with MayInplace, of those that training steps are made of. */
const IN_PLACE: Readonly<Record<string, readonly number[]>> = {
  ...Object.fromEntries(["Add", "Sub", "Mul", "Div"].map((op) => [op, [0, 1]])),
  ...Object.fromEntries(
    ["Abs", "Cast", "Clip", "Dropout", "Exp", "Log", "Neg", "QuickGelu", "Reciprocal", "Relu"]
      .concat(["ScatterElements", "ScatterND", "Sigmoid", "Softmax", "Sqrt", "Tanh"])
      .map((op) => [op, [0]]),
  ),
};

/** @param order of the runtime. @returns by value the one whose buffer it has; values with their own are not in it. */
export function shareBuffers(graph: Graph, order: readonly Node[]): ReadonlyMap<string, string> {
  const shared = new Map<string, string>();
  const bufferOf = (value: string): string => shared.get(value) ?? value;
  const foreign = new Set([...graph.inputs, ...graph.initializers.keys(), ...graph.outputs]);
  const uses = new Map<string, number>();
  for (const node of order) for (const name of usesOf(node)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const left = new Map(uses);
  const free = new Map<string, string[]>();
  const release = (buffer: string): void => {
    const key = kindOf(graph.types.get(buffer));
    if (key === undefined || foreign.has(buffer) || !graph.types.has(buffer)) return;
    const there = free.get(key);
    if (there === undefined) free.set(key, [buffer]);
    else there.push(buffer);
  };
  const choose = (node: Node, output: string, at: number): string | undefined => {
    if (at === 0 && VIEWS.has(node.op)) return bufferOf(node.inputs[0]!);
    const kind = kindOf(graph.types.get(output));
    if (kind === undefined) return undefined;
    const operand = (at === 0 ? (IN_PLACE[node.op] ?? []) : [])
      .map((input) => node.inputs[input] ?? "")
      .find(
        (name) =>
          left.get(bufferOf(name)) === 1 &&
          !foreign.has(bufferOf(name)) &&
          kindOf(graph.types.get(name)) === kind,
      );
    return operand === undefined ? free.get(kind)?.pop() : bufferOf(operand);
  };
  for (const node of order) {
    for (const [at, output] of node.outputs.entries()) {
      // An output of the graph is a tensor of its own.
      if (output === "" || graph.outputs.includes(output)) continue;
      const buffer = choose(node, output, at);
      if (buffer === undefined) continue;
      shared.set(output, buffer);
      left.set(buffer, (left.get(buffer) ?? 0) + (uses.get(output) ?? 0));
    }
    for (const name of usesOf(node)) {
      const buffer = bufferOf(name);
      const remaining = (left.get(buffer) ?? 0) - 1;
      left.set(buffer, remaining);
      if (remaining === 0) release(buffer);
    }
    for (const name of node.outputs) if (name !== "" && left.get(bufferOf(name)) === undefined) release(name);
  }
  return shared;
}

/** An operand that is named twice is used twice. */
const usesOf = (node: Node): readonly string[] =>
  bodiesOf(node).length > 0 ? [...usedBy(node)] : node.inputs.filter((name) => name !== "");

/** Buffers of one kind may serve each other; scalars are not worth it. */
function kindOf(type: TensorType | undefined): string | undefined {
  if (type === undefined || type.dtype === "string" || type.shape.length === 0) return undefined;
  return `${DTYPE_BITS[type.dtype]}:${type.shape.join()}`;
}
