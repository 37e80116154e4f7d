/**
 * Products with frozen matrices in integers: weights of eight bits with a scale for each column, and what they are multiplied with
 * rounded to eight bits with a scale for each row, as it comes (Dettmers et al. 2022, LLM.int8(), arxiv.org/abs/2208.07339, section
 * 2.2). Forward and backward product of one matrix have a rounded copy each, so that scales stand outside of either sum.
 */
import { asColumns } from "../../formats/quantize-columns.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { Builder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { verify } from "../verify.ts";

export function integerProducts(graph: Graph): Graph {
  const found = new Map(graph.nodes.flatMap((node) => entry(node, factorOf(node, graph.initializers))));
  const replaced = new Set([...found.values()].map(({ name }) => name));
  const used = namesIn(graph, found);
  const kept = new Map([...graph.initializers].filter(([name]) => !replaced.has(name) || used.has(name)));
  const build = new Builder(graph.name, { ...graph, initializers: kept, nodes: [] });
  const rounding = rounder(build);
  for (const node of graph.nodes) {
    const factor = found.get(node);
    if (factor === undefined) build.add(node);
    else build.within(node.name || node.outputs[0]!, () => multiply(build, node, factor, rounding));
  }
  return verify(build.build(graph.outputs), "products in integers");
}

interface Factor {
  readonly name: string;
  readonly matrix: TensorRef;
  readonly transposed: boolean;
}

const entry = (node: Node, factor: Factor | undefined): [Node, Factor][] =>
  factor === undefined ? [] : [[node, factor]];

/** The second factor of a plain product, where it is a frozen matrix. */
function factorOf(
  { op, inputs, attributes }: Node,
  weights: ReadonlyMap<string, TensorRef>,
): Factor | undefined {
  const says = (name: string): number => (attributes[name]?.value as number | undefined) ?? 0;
  if (!PRODUCTS.has(op) || says("transA") !== 0 || says("transBatchA") !== 0 || says("transBatchB") !== 0)
    return undefined;
  if (op === "Gemm" && inputs[2] && (attributes["beta"]?.value ?? 1) !== 1) return undefined;
  const name = inputs[1]!;
  const matrix = weights.get(name);
  if (matrix?.dtype !== "float32" || matrix.shape.length !== 2) return undefined;
  return { name, matrix, transposed: says("transB") !== 0 };
}
const PRODUCTS: ReadonlySet<string> = new Set(["Gemm", "MatMul", "FusedMatMul"]);

/** What is used but by those products, bodies of loops among them. */
function namesIn(graph: Graph, found: ReadonlyMap<Node, Factor>): ReadonlySet<string> {
  const names = new Set(graph.outputs);
  const note = (node: Node): void => {
    const factor = found.get(node);
    for (const [at, name] of node.inputs.entries()) if (factor === undefined || at !== 1) names.add(name);
    for (const { type, value } of Object.values(node.attributes)) {
      if (type === "graph") for (const inner of value.nodes) note(inner);
    }
  };
  for (const node of graph.nodes) note(node);
  return names;
}

interface Rounded {
  /** uint8 around ZERO */
  readonly values: string;
  /** Of each row. */
  readonly scale: string;
}
const ZERO = 128;
const MOST = 127;
/** Rows of zeros have a scale as well. */
const LEAST = 1e-30;

/** Each value is rounded once, however many products take it. */
function rounder(build: Builder): (value: string) => Rounded {
  const made = new Map<string, Rounded>();
  return (value) => {
    const there = made.get(value);
    if (there !== undefined) return there;
    const last = { keepdims: 1 };
    const axis = build.ints([-1]);
    const highest = build.op("ReduceMax", [value, axis], last);
    const lowest = build.op("Neg", [build.op("ReduceMin", [value, axis], last)]);
    const largest = build.op("Max", [highest, lowest, build.scalar(LEAST)]);
    const scale = build.op("Mul", [largest, build.scalar(1 / MOST)]);
    const whole = build.op("Div", [value, scale]);
    const values = build.op("QuantizeLinear", [whole, build.scalar(1), build.scalar(ZERO, "uint8")]);
    const rounded = { values, scale };
    made.set(value, rounded);
    return rounded;
  };
}

function multiply(
  build: Builder,
  { op, inputs, outputs, attributes }: Node,
  { name, matrix, transposed }: Factor,
  rounding: (value: string) => Rounded,
): void {
  const [value, , added] = inputs as [string, string, string | undefined];
  const { values, scale } = rounding(value);
  const stored = `${name}.${transposed ? "rows" : "columns"}.int8`;
  const scales = `${stored}.scales`;
  if (build.weightOf(stored) === undefined) {
    const columns = asColumns(matrix, transposed);
    build.weight(stored, columns.values);
    build.weight(scales, columns.scales);
  }
  const alpha = op === "MatMul" ? 1 : ((attributes["alpha"]?.value as number | undefined) ?? 1);
  const product = build.op("com.microsoft:MatMulIntegerToFloat", [
    values,
    stored,
    build.scalar(alpha),
    scales,
    build.scalar(ZERO, "uint8"),
  ]);
  const output = outputs[0]!;
  if (added) build.addNamed("Add", [build.op("Mul", [product, scale]), added], {}, output);
  else build.addNamed("Mul", [product, scale], {}, output);
}
