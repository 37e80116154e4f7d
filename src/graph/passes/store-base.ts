/**
 * Frozen matrices in fewer bytes, made float32 again at each place that computes with them (QLoRA, Dettmers et al. 2023,
 * arxiv.org/abs/2305.14314): nothing of float32 is held from one use to the next, the backward pass included.
 */
import type { OnnxGraph } from "../../formats/onnx/model.ts";
import { BLOCK } from "../../formats/quantize-blocks.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { Builder } from "../builder.ts";
import { emit } from "../emit.ts";
import type { Attribute, Graph, Node } from "../graph.ts";
import { knownValues } from "../values.ts";
import { verify } from "../verify.ts";
import { integerProducts } from "./integer-products.ts";
import { blockMatrix, halfMatrix, type StoredMatrix } from "./stored-matrix.ts";

/**
 * How frozen matrices are kept: as they are, rounded to bfloat16, in blocks of 32 with one scale (formats/quantize-blocks.ts), or for
 * products in integers (integer-products.ts).
 */
export type BaseKind = "f32" | "bf16" | "int8" | "int4" | "w8a8";

/**
 * Tables, where rows are looked up or which the loss is computed with, keep eight bits where other matrices have four, as files of
 * llama.cpp do: each of their rows is a word of its own. Matrices whose rows are no whole blocks stay as they are.
 */
export function storeBase(graph: Graph, kind: BaseKind): Graph {
  if (kind === "f32") return graph;
  if (kind === "w8a8") return integerProducts(graph);
  const { matrices, tables } = frozenMatrices(graph);
  const stored = new Map<string, StoredMatrix>();
  for (const [name, tensor] of matrices) {
    if (kind === "bf16") stored.set(name, halfMatrix(name, tensor));
    else if (tensor.shape[1]! % BLOCK === 0)
      stored.set(name, blockMatrix(name, tensor, kind === "int8" || tables.has(name) ? 8 : 4));
  }
  const kept = new Map([...graph.initializers].filter(([name]) => !stored.has(name)));
  const build = new Builder(graph.name, { ...graph, initializers: kept, nodes: [] });
  for (const { weights } of stored.values()) for (const weight of weights) build.weight(...weight);
  addNodes(build, graph.nodes, stored);
  return verify(build.build(graph.outputs), "storing the base");
}

type StoredMatrices = ReadonlyMap<string, StoredMatrix>;

/**
 * The nodes, behind all that makes matrices float32. ONNX Runtime 1.30 goes through a graph from its end and, of what a node needs,
 * computes last what stands first (Graph::ReverseDFSFrom, NodeCompare): only so each matrix is made just before its one use, where
 * otherwise those of many layers would be there at once.
 */
function addNodes(build: Builder, nodes: readonly Node[], stored: StoredMatrices): void {
  const rest = nodes.map((node) =>
    build.within(node.name || node.outputs[0]!, () => prepare(build, node, stored)),
  );
  for (const add of rest) add();
}

function prepare(build: Builder, node: Node, stored: StoredMatrices): () => void {
  const table = stored.get(node.inputs[0]!);
  if (table !== undefined && takesRows(node, (name) => build.weightOf(name))) {
    const add = (): void => build.within(node.name, () => table.rows(build, node));
    if (node.op === "Gather") return add;
    add();
    return () => undefined;
  }
  const inputs = node.inputs.map((name) => stored.get(name)?.whole(build) ?? name);
  return () => build.add({ ...node, inputs, attributes: withBodies(build, node, stored) });
}

const PRODUCTS: ReadonlySet<string> = new Set(["Gemm", "MatMul", "FusedMatMul"]);
/** Whether a node takes rows of its first input: by their places, or as the loss does, from one known row to another. */
function takesRows(
  { op, inputs, attributes }: Node,
  weight: (name: string) => TensorRef | undefined,
): boolean {
  if (op === "Gather") return (attributes["axis"]?.value ?? 0) === 0;
  if (op !== "Slice" || inputs.length !== 4) return false;
  const [from, to, axis] = inputs.slice(1).map((name) => {
    const tensor = weight(name);
    const values = tensor && knownValues(tensor)?.values;
    return values?.length === 1 ? values[0] : undefined;
  });
  return axis === 0 && from !== undefined && to !== undefined && 0 <= from && from < to;
}

/** Float32 matrices that only products and look-ups use. */
function frozenMatrices(graph: Graph): { matrices: Map<string, TensorRef>; tables: ReadonlySet<string> } {
  const factors = new Set<string>();
  const tables = new Set<string>();
  const others = new Set<string>();
  const note = (nodes: readonly Node[], weights: ReadonlyMap<string, TensorRef>, isInBody: boolean): void => {
    for (const node of nodes) {
      for (const [at, name] of node.inputs.entries()) {
        if (at === 0 && takesRows(node, (one) => weights.get(one))) tables.add(name);
        else if (!PRODUCTS.has(node.op) || at > 1) others.add(name);
        else (isInBody ? tables : factors).add(name);
      }
      for (const body of bodiesOf(node)) note(body.nodes, body.initializers, true);
    }
  };
  note(graph.nodes, graph.initializers, false);
  const matrices = [...graph.initializers].filter(
    ([name, { dtype, shape }]) =>
      dtype === "float32" &&
      shape.length === 2 &&
      (factors.has(name) || tables.has(name)) &&
      !others.has(name),
  );
  return { matrices: new Map(matrices), tables };
}

const bodiesOf = ({ attributes }: Node): readonly OnnxGraph[] =>
  Object.values(attributes).flatMap((attribute) => (attribute.type === "graph" ? [attribute.value] : []));

/** Bodies use values of the graph around them by name. */
function withBodies(build: Builder, { attributes }: Node, stored: StoredMatrices): Node["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.type === "graph"
        ? { type: "graph", value: storedBody(build, attribute.value, stored) }
        : attribute,
    ]),
  );
}

function storedBody(outer: Builder, body: OnnxGraph, stored: StoredMatrices): OnnxGraph {
  const own = new Set([
    ...body.inputs.map(({ name }) => name),
    ...body.initializers.keys(),
    ...body.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const outside = body.nodes
    .flatMap(({ inputs }) => inputs)
    .flatMap((name) => [...(stored.get(name)?.weights.keys() ?? [name])])
    .filter((name) => name !== "" && !own.has(name));
  const build = new Builder(body.name);
  const around = new Set(outside);
  for (const name of around) {
    const { dtype, shape } = outer.typeOf(name)!;
    build.input(name, dtype, shape);
  }
  for (const { name, type } of body.inputs) {
    if (type.kind === "tensor") build.input(name, type.dtype, type.shape as readonly number[]);
  }
  for (const weight of body.initializers) build.weight(...weight);
  addNodes(build, body.nodes, stored);
  const { graph } = emit(build.build(body.outputs.map(({ name }) => name)));
  return { ...graph, inputs: graph.inputs.slice(around.size) };
}
