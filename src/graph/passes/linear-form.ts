/**
 * Gives the linear layers of imported graphs the one form that adapters are put beside: a Gemm of [rows, in] with a frozen matrix and
 * its bias, the matrix under the layer's own name. Exporters write them as MatMul and Add, with the matrix turned over, without a name,
 * or computed from fewer bits.
 */
import { Builder } from "../builder.ts";
import { frozenValues } from "../frozen.ts";
import { consumers, type Graph, type Node, producers, type Shape } from "../graph.ts";
import { layerName } from "../layer-name.ts";
import { sameShape } from "../shapes.ts";
import { verify } from "../verify.ts";
import { prune } from "./prune.ts";

/** A product with a frozen matrix. */
interface Product {
  readonly x: string;
  /** [in, out], or [out, in] where `transB` is 1. */
  readonly weight: string;
  readonly transB: 0 | 1;
  readonly bias: string | undefined;
  /** Whose output is the layer's: the product, or the addition of its bias. */
  readonly last: Node;
}

/** Names of values stay as they are, but for those of weights. */
export function linearForm(graph: Graph): Graph {
  const products = productsOf(graph);
  const byLast = new Map([...products].map(([node, product]) => [product.last, { node, product }]));
  const build = new Builder(graph.name, { ...graph, nodes: [] });
  for (const node of graph.nodes) {
    const found = byLast.get(node);
    if (found !== undefined) {
      addGemm(build, found.node, found.product, graph.types.get(node.outputs[0]!)!.shape);
    } else if (!products.has(node)) {
      build.add(node);
    }
  }
  return verify(prune(renamed(build.build(graph.outputs), weightNames(graph, products))), "linear form");
}

/** All that this pass brings into the form, by their nodes. A Gemm is in it already but for its weight's name. */
export function productsOf(graph: Graph): ReadonlyMap<Node, Product> {
  const scene = {
    graph,
    frozen: frozenValues(graph),
    maker: producers(graph),
    users: consumers(graph),
  };
  return new Map(
    graph.nodes.flatMap((node) => {
      const product = productOf(node, scene);
      return product === undefined ? [] : [[node, product] as const];
    }),
  );
}

interface Scene {
  readonly graph: Graph;
  readonly frozen: ReadonlySet<string>;
  readonly maker: ReadonlyMap<string, Node>;
  readonly users: ReadonlyMap<string, readonly Node[]>;
}

function productOf(node: Node, scene: Scene): Product | undefined {
  const { graph, frozen } = scene;
  const [x, right, c] = node.inputs as [string, string, string | undefined];
  const flag = (name: string): number => (node.attributes[name]?.value as number | undefined) ?? 0;
  const isGemm = node.op === "Gemm" && node.domain === "" && flag("transA") === 0;
  const isMatMul = node.op === "MatMul" && node.domain === "";
  if ((!isGemm && !isMatMul) || frozen.has(x) || !frozen.has(right)) return undefined;
  if (graph.types.get(right)?.shape.length !== 2) return undefined;
  const { weight, transB } = straight(right, flag("transB") === 1 ? 1 : 0, scene.maker);
  if (isGemm) return { x, weight, transB, bias: c || undefined, last: node };
  const sides = graph.types.get(node.outputs[0]!)?.shape ?? [];
  if (sides.length < 2 || sides.filter((side) => typeof side === "string").length > 1) return undefined;
  return { x, weight, transB, ...biasOf(node, sides.at(-1)!, scene) };
}

/** The matrix itself, behind what turns it over or hands it on. */
function straight(
  name: string,
  transB: 0 | 1,
  maker: ReadonlyMap<string, Node>,
): Pick<Product, "weight" | "transB"> {
  const node = maker.get(name);
  if (node?.op === "Identity") return straight(node.inputs[0]!, transB, maker);
  const perm = node?.attributes["perm"]?.value ?? [1, 0];
  if (node?.op !== "Transpose" || !Array.isArray(perm) || !sameShape(perm, [1, 0]))
    return { weight: name, transB };
  return straight(node.inputs[0]!, transB === 1 ? 0 : 1, maker);
}

/** A vector that is added to the product, and to nothing else. */
function biasOf(
  node: Node,
  out: Shape[number],
  { graph, frozen, users }: Scene,
): Pick<Product, "bias" | "last"> {
  const [product] = node.outputs as [string];
  const [add, ...others] = users.get(product) ?? [];
  const none = { bias: undefined, last: node };
  if (add?.op !== "Add" || others.length > 0 || graph.outputs.includes(product)) return none;
  const bias = add.inputs.find((name) => name !== product);
  if (bias === undefined || !frozen.has(bias)) return none;
  return sameShape(graph.types.get(bias)?.shape ?? [], [out]) ? { bias, last: add } : none;
}

function addGemm(build: Builder, node: Node, { x, weight, transB, bias, last }: Product, shape: Shape): void {
  const inputs = [x, weight, ...(bias === undefined ? [] : [bias])];
  const output = last.outputs[0]!;
  if (node.op === "Gemm") {
    const attributes = { ...node.attributes, transB: { type: "int", value: transB } as const };
    build.add({ ...node, inputs, attributes });
    return;
  }
  const add = (rows: string, name: string): void => {
    build.add({
      op: "Gemm",
      domain: "",
      // Nodes without a name, or with that of their output, would share it with the Reshape that makes it now.
      name: node.name === "" || node.name === output ? name : node.name,
      inputs: [rows, ...inputs.slice(1)],
      outputs: [name],
      attributes: transB === 1 ? { transB: { type: "int", value: 1 } } : {},
    });
  };
  const inSize = build.shape(x).at(-1);
  if (shape.length === 2 || typeof inSize !== "number") {
    add(x, output);
    return;
  }
  build.within(node.name || output, () => {
    const flat = `${output}/rows`;
    add(build.op("Reshape", [x, build.ints([-1, inSize])]), flat);
    const sides = shape.map((side) => (typeof side === "number" ? side : -1));
    build.addNamed("Reshape", [flat, build.ints(sides)], {}, output);
  });
}

/** What each weight is called from now on: the layer's name and ".weight". */
function weightNames(graph: Graph, products: ReadonlyMap<Node, Product>): ReadonlyMap<string, string> {
  const maker = producers(graph);
  const taken = new Set([...graph.inputs, ...graph.outputs, ...graph.types.keys()]);
  const names = new Map<string, string>();
  for (const [node, { weight, bias }] of products) {
    const layer = layerName({
      weight: stored(weight, maker),
      node: node.name,
      bias: bias === undefined ? undefined : stored(bias, maker),
    });
    const name = `${layer}.weight`;
    if (layer === undefined || names.has(weight) || taken.has(name) || graph.outputs.includes(weight))
      continue;
    taken.add(name);
    names.set(weight, name);
  }
  return names;
}

/** The weight of the file that a frozen value is computed from. */
function stored(name: string, maker: ReadonlyMap<string, Node>): string {
  const node = maker.get(name);
  return node === undefined ? name : stored(node.inputs[0]!, maker);
}

function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const of = (name: string): string => names.get(name) ?? name;
  const keys = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...map].map(([name, value]) => [of(name), value]));
  return {
    ...graph,
    initializers: keys(graph.initializers),
    types: keys(graph.types),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(of),
      outputs: node.outputs.map(of),
    })),
  };
}
