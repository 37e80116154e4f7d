/** For the CPU provider: operators that ONNX Runtime runs in one pass instead of several; the results are the same. */

import { lastTwoSwapped } from "../gradient-parts.ts";
import type { Attribute, Graph, Node } from "../graph.ts";
import { consumers, producers } from "../graph.ts";
import { sameShape } from "../shapes.ts";
import { knownValues } from "../values.ts";
import { prune } from "./prune.ts";

interface Scene {
  readonly graph: Graph;
  readonly maker: ReadonlyMap<string, Node>;
  readonly users: ReadonlyMap<string, readonly Node[]>;
}

/** What a node may be replaced with, or undefined. Its outputs keep their names. */
type Fusion = (node: Node, scene: Scene) => Node | undefined;

/** Each pass sees what the one before it made. */
const FUSIONS: readonly Fusion[] = [fuseTransposes, fuseScale, fuseSwish, fuseGemmSum];

export function fuse(graph: Graph): Graph {
  let fused = graph;
  for (const fusion of FUSIONS) {
    const scene = { graph: fused, maker: producers(fused), users: consumers(fused) };
    fused = prune({ ...fused, nodes: fused.nodes.map((node) => fusion(node, scene) ?? node) });
  }
  return fused;
}

const int = (value: number): Attribute => ({ type: "int", value });
const float = (value: number): Attribute => ({ type: "float", value });
const numberOf = (node: Node, name: string, otherwise: number): number => {
  const found = node.attributes[name]?.value;
  return typeof found === "number" ? found : otherwise;
};

/** MatMul(Transpose(a), b) reads a the other way round instead of moving it. */
function fuseTransposes(node: Node, { graph, maker }: Scene): Node | undefined {
  if (node.op !== "MatMul" || node.domain !== "") return undefined;
  const inputs = [...node.inputs];
  const flags: number[] = [];
  for (const [at, name] of node.inputs.entries()) {
    const source = maker.get(name);
    const rank = graph.types.get(name)?.shape.length ?? 0;
    const perm = source?.attributes["perm"]?.value;
    const swaps =
      source?.op === "Transpose" && rank >= 2 && Array.isArray(perm) && sameShape(perm, lastTwoSwapped(rank));
    flags.push(swaps ? 1 : 0);
    if (swaps) inputs[at] = source.inputs[0]!;
  }
  if (!flags.includes(1)) return undefined;
  return {
    ...node,
    op: "FusedMatMul",
    domain: "com.microsoft",
    inputs,
    attributes: { transA: int(flags[0]!), transB: int(flags[1]!) },
  };
}

/** A product with a known number, around or in front of a FusedMatMul, is its alpha. */
function fuseScale(node: Node, { graph, maker, users }: Scene): Node | undefined {
  if (node.op !== "FusedMatMul" && node.op !== "MatMul") return undefined;
  let alpha = numberOf(node, "alpha", 1);
  const inputs = node.inputs.map((name) => {
    const source = maker.get(name);
    if (source?.op !== "Mul" || users.get(name)?.length !== 1) return name;
    const at = source.inputs.findIndex((input) => scalarOf(graph, input) !== undefined);
    if (at < 0) return name;
    alpha *= scalarOf(graph, source.inputs[at]!)!;
    return source.inputs[1 - at]!;
  });
  if (alpha === numberOf(node, "alpha", 1)) return undefined;
  return {
    ...node,
    op: "FusedMatMul",
    domain: "com.microsoft",
    inputs,
    attributes: { ...node.attributes, alpha: float(alpha) },
  };
}

function scalarOf(graph: Graph, name: string): number | undefined {
  const tensor = graph.initializers.get(name);
  if (tensor === undefined || tensor.shape.length !== 0) return undefined;
  return knownValues(tensor)?.values[0];
}

/** x · sigmoid(x) */
function fuseSwish(node: Node, { maker }: Scene): Node | undefined {
  if (node.op !== "Mul") return undefined;
  for (const [x, other] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
    const source = maker.get(other);
    if (source?.op === "Sigmoid" && source.inputs[0] === x) {
      return {
        ...node,
        op: "QuickGelu",
        domain: "com.microsoft",
        inputs: [x],
        attributes: { alpha: float(1) },
      };
    }
  }
  return undefined;
}

/** a · b + c of one shape, where the product serves nothing else, is one Gemm that starts from c. */
function fuseGemmSum(node: Node, { graph, maker, users }: Scene): Node | undefined {
  if (node.op !== "Add") return undefined;
  for (const [product, sum] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
    const source = maker.get(product);
    const [here, there] = [graph.types.get(product), graph.types.get(sum)];
    if (source?.op !== "Gemm" || source.inputs.length > 2 || users.get(product)?.length !== 1) continue;
    if (graph.outputs.includes(product) || !here || !there || !sameShape(here.shape, there.shape)) continue;
    return { ...source, name: node.name, inputs: [...source.inputs, sum], outputs: node.outputs };
  }
  return undefined;
}
