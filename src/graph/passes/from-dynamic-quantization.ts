/**
 * Products that round what comes in to eight bits, as the dynamic quantization of ONNX Runtime writes them, become products of numbers:
 * rounding has no slope to train through. Weights stay in eight bits. Results differ by what was rounded.
 */
import { Builder } from "../builder.ts";
import { frozenValues } from "../frozen.ts";
import { type Graph, type Node, producers } from "../graph.ts";
import { verify } from "../verify.ts";
import { prune } from "./prune.ts";

/** x · dequantized(weight), plus a bias. */
interface Dequantized {
  readonly x: string;
  readonly weight: string;
  readonly scale: string;
  readonly zero: string | undefined;
  readonly bias?: string | undefined;
}

/** Names of values stay as they are. */
export function fromDynamicQuantization(graph: Graph): Graph {
  const scene = { frozen: frozenValues(graph), maker: producers(graph) };
  const build = new Builder(graph.name, { ...graph, nodes: [] });
  for (const node of graph.nodes) {
    const product = productOf(node, scene);
    if (product === undefined) build.add(node);
    else addProduct(build, node, product);
  }
  return verify(prune(build.build(graph.outputs)), "leaving dynamic quantization");
}

interface Scene {
  readonly frozen: ReadonlySet<string>;
  readonly maker: ReadonlyMap<string, Node>;
}

function productOf(node: Node, scene: Scene): Dequantized | undefined {
  const { frozen } = scene;
  if (node.domain === "com.microsoft" && node.op === "DynamicQuantizeMatMul") {
    const [x, weight, scale, zero, bias] = node.inputs as [string, string, string, string?, string?];
    return frozen.has(weight)
      ? { x, weight, scale, zero: zero || undefined, bias: bias || undefined }
      : undefined;
  }
  if (node.domain === "com.microsoft" && node.op === "MatMulIntegerToFloat") {
    const [a, weight, aScale, scale, , zero, bias] = node.inputs as [
      string,
      string,
      string,
      string,
      ...string[],
    ];
    const x = quantizedFrom(a, aScale, scene);
    return x === undefined || !frozen.has(weight)
      ? undefined
      : { x, weight, scale, zero: zero || undefined, bias: bias || undefined };
  }
  return node.op === "Mul" ? scaledProduct(node, scene) : undefined;
}

/** Mul(Cast(MatMulInteger(quantized x, weight)), Mul(scale of x, scale of the weight)) */
function scaledProduct(node: Node, scene: Scene): Dequantized | undefined {
  const { frozen, maker } = scene;
  const made = node.inputs.map((name) => maker.get(name));
  const cast = made.find((one) => one?.op === "Cast");
  const scales = made.find((one) => one?.op === "Mul");
  const product = maker.get(cast?.inputs[0] ?? "");
  if (product?.op !== "MatMulInteger" || scales === undefined) return undefined;
  const [a, weight, , zero] = product.inputs as [string, string, string?, string?];
  const scale = scales.inputs.find((name) => frozen.has(name));
  const aScale = scales.inputs.find((name) => name !== scale);
  const x = aScale === undefined ? undefined : quantizedFrom(a, aScale, scene);
  if (x === undefined || scale === undefined || !frozen.has(weight)) return undefined;
  return { x, weight, scale, zero: zero || undefined };
}

/** What was rounded to `quantized`. */
function quantizedFrom(quantized: string, scale: string, { maker }: Scene): string | undefined {
  const node = maker.get(quantized);
  const isIt =
    node?.op === "DynamicQuantizeLinear" && node.outputs[0] === quantized && node.outputs[1] === scale;
  return isIt ? node.inputs[0] : undefined;
}

function addProduct(build: Builder, node: Node, { x, weight, scale, zero, bias }: Dequantized): void {
  const output = node.outputs[0]!;
  build.within(node.name || output, () => {
    // A scale for each column, [out] or [1, out], lies along the last axis.
    const columns = build.shape(scale).at(-1) ?? 1;
    const flat = (value: string): string =>
      build.op("Reshape", [value, build.ints(columns === 1 ? [] : [-1])]);
    const numbers = build.op(
      "DequantizeLinear",
      [weight, flat(scale), ...(zero === undefined ? [] : [flat(zero)])],
      columns === 1 ? {} : { axis: build.shape(weight).length - 1 },
    );
    const named = bias === undefined ? output : `${output}/product`;
    build.add({
      op: "MatMul",
      domain: "",
      name: node.name === output ? named : node.name,
      inputs: [x, numbers],
      outputs: [named],
      attributes: {},
    });
    if (bias !== undefined) build.addNamed("Add", [named, bias], {}, output);
  });
}
