/** How many numbers a model has learnt, and the bytes that they take. */
import type { OnnxGraph, OnnxNode } from "../../formats/onnx/model.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";

export interface WeightGroup {
  /** A dtype; `4 bits in uint8` where several numbers share an element. */
  readonly kind: string;
  readonly tensors: number;
  readonly numbers: number;
  readonly bytes: number;
}

type Body = Pick<OnnxGraph, "nodes" | "initializers">;

/** Sub-graphs of a node, as If and Loop have them. */
export const bodiesOf = (node: OnnxNode): readonly OnnxGraph[] =>
  Object.values(node.attributes).flatMap((attribute) =>
    attribute.type === "graph" ? [attribute.value] : attribute.type === "graphs" ? attribute.value : [],
  );

/** All nodes, those of sub-graphs too. */
export const allNodes = ({ nodes }: Pick<OnnxGraph, "nodes">): readonly OnnxNode[] =>
  nodes.flatMap((node) => [node, ...bodiesOf(node).flatMap(allNodes)]);

/** Constants count as weights: the file does not tell them apart. Largest groups first. */
export function weightGroups(graph: Body): readonly WeightGroup[] {
  const groups = new Map<string, WeightGroup>();
  for (const { tensor, bits } of tensorsOf(graph)) {
    const kind = bits === undefined ? tensor.dtype : `${bits} bits in ${tensor.dtype}`;
    const there = groups.get(kind) ?? { kind, tensors: 0, numbers: 0, bytes: 0 };
    const count = elementCount(tensor.shape);
    groups.set(kind, {
      kind,
      tensors: there.tensors + 1,
      numbers: there.numbers + (bits === undefined ? count : (count * 8) / bits),
      bytes: there.bytes + tensor.data.length,
    });
  }
  return [...groups.values()].sort((a, b) => b.bytes - a.bytes);
}

function tensorsOf(graph: Body): { tensor: TensorRef; bits?: number }[] {
  const packed = new Map(graph.nodes.flatMap(packedWeight));
  return [
    ...[...graph.initializers].map(([name, tensor]) => {
      const bits = tensor.dtype === "uint8" ? packed.get(name) : undefined;
      return { tensor, ...(bits !== undefined && { bits }) };
    }),
    ...graph.nodes.flatMap((node) => [
      ...Object.values(node.attributes).flatMap((one) =>
        one.type === "tensor" ? [{ tensor: one.value }] : [],
      ),
      ...bodiesOf(node).flatMap(tensorsOf),
    ]),
  ];
}

/** The input that holds packed weights (microsoft/onnxruntime, docs/ContribOperators.md). */
const PACKED: ReadonlyMap<string, number> = new Map([
  ["MatMulNBits", 1],
  ["GatherBlockQuantized", 0],
]);

/** Weights of fewer bits than an element, and how many. */
function packedWeight({ op, domain, inputs, attributes }: OnnxNode): [name: string, bits: number][] {
  const name = domain === "com.microsoft" ? inputs[PACKED.get(op) ?? -1] : undefined;
  const bits = attributes["bits"]?.type === "int" ? attributes["bits"].value : 4;
  return name !== undefined && [2, 4].includes(bits) ? [[name, bits]] : [];
}
