/**
 * Weights that a model brings quantized, as float32 weights that are computed when they are read: its layers can then be adapted
 * like any others, and storeBase keeps the weights small again.
 */
import { dequantized } from "../../formats/dequantized-tensor.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { Builder } from "../builder.ts";
import type { Dim, Graph } from "../graph.ts";
import { NodeView } from "../node-view.ts";
import { prune } from "./prune.ts";

/** DequantizeLinear of weights becomes a weight, MatMulNBits a Gemm with one; what computes its scales stays as it is. */
export function dequantizeWeights(graph: Graph): Graph {
  const build = new Builder(graph.name, { ...graph, nodes: [] });
  for (const node of graph.nodes) {
    const view = new NodeView(node, build);
    const weights = node.inputs.map((name) => graph.initializers.get(name));
    if (!replaceLinear(build, view, weights) && !replaceProduct(build, view, weights)) build.add(node);
  }
  return prune(build.build(graph.outputs));
}

type Weights = readonly (TensorRef | undefined)[];

function replaceLinear(build: Builder, view: NodeView, [values, scales, zeros]: Weights): boolean {
  const { op, domain, outputs } = view.node;
  if (op !== "DequantizeLinear" || domain !== "" || values === undefined || scales === undefined)
    return false;
  if ((view.has(2) && zeros === undefined) || scales.dtype !== "float32") return false;
  const block = view.int("block_size", 0);
  build.weight(
    outputs[0]!,
    dequantized({
      values,
      scales,
      zeros: zeros ?? 0,
      axis: values.shape.length === 0 ? 0 : view.axis("axis", 1),
      block: block === 0 ? undefined : block,
    }),
  );
  return true;
}

/** Where each input of MatMulNBits is. */
const INPUT = { x: 0, weights: 1, scales: 2, zeros: 3, order: 4, bias: 5 };

function replaceProduct(build: Builder, view: NodeView, weights: Weights): boolean {
  const { op, domain, inputs, outputs } = view.node;
  if (op !== "MatMulNBits" || domain !== "com.microsoft" || view.has(INPUT.order)) return false;
  const weight = weightOf(view, weights);
  const { dtype, shape } = view.type(INPUT.x);
  const outer = shape.slice(0, -1);
  if (
    weight === undefined ||
    dtype !== "float32" ||
    outer.filter((side) => typeof side === "string").length > 1
  )
    return false;
  const [x, name] = [inputs[INPUT.x]!, `${inputs[INPUT.weights]}.f32`];
  if (build.weightOf(name) === undefined) build.weight(name, weight);
  const bias = view.has(INPUT.bias) ? [inputs[INPUT.bias]!] : [];
  const gemm = (rows: string, output?: string): string =>
    output === undefined
      ? build.op("Gemm", [rows, name, ...bias], { transB: 1 })
      : build.addNamed("Gemm", [rows, name, ...bias], { transB: 1 }, output);
  if (outer.length === 1) {
    gemm(x, outputs[0]!);
    return true;
  }
  build.within(view.node.name || outputs[0]!, () => {
    const rows = build.op("Reshape", [x, build.ints([-1, weight.shape[1]!])]);
    const sides = [...outer.map((side: Dim) => (typeof side === "number" ? side : -1)), weight.shape[0]!];
    build.addNamed("Reshape", [gemm(rows), build.ints(sides)], {}, outputs[0]!);
  });
  return true;
}

/** [N, K]; undefined where its parts are computed, or where a block or a row of zero points is not full. */
function weightOf(view: NodeView, weights: Weights): TensorRef | undefined {
  const [values, scales, zeros] = [weights[INPUT.weights], weights[INPUT.scales], weights[INPUT.zeros]];
  const [bits, block, inner, rows] = [
    view.int("bits", 4),
    view.int("block_size"),
    view.int("K"),
    view.int("N"),
  ];
  const blocks = inner / block;
  const isPacked = zeros?.dtype === "uint8";
  if (values === undefined || scales?.dtype !== "float32" || (view.has(INPUT.zeros) && zeros === undefined))
    return undefined;
  if ((bits !== 4 && bits !== 8) || !Number.isInteger(blocks) || (isPacked && bits === 4 && blocks % 2 > 0))
    return undefined;
  const dtype = bits === 4 ? "uint4" : "uint8";
  const shape = [rows, blocks];
  return dequantized({
    values: { ...values, dtype, shape: [rows, inner] },
    scales: { ...scales, shape },
    // Without zero points they are in the middle.
    zeros: zeros === undefined ? 2 ** (bits - 1) : { ...zeros, shape, ...(isPacked && { dtype }) },
    axis: 1,
    block,
  });
}
