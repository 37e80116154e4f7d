/**
 * Low-rank adaptation (Hu et al. 2021, arxiv.org/abs/2106.09685): y = x · Wᵀ + (α / r) · (x · Aᵀ) · Bᵀ beside every frozen linear layer
 * that is chosen; A and B come in as values of the graph.
 */
import { FrugalError } from "../../core/error.ts";
import { Builder } from "../builder.ts";
import { frozenValues } from "../frozen.ts";
import { type Graph, type Node, nodeLabel } from "../graph.ts";
import { elements, isStatic } from "../shapes.ts";
import { addLoraLayer } from "./lora-layer.ts";

export interface LoraTarget {
  /** The layer's weight. */
  readonly weight: string;
  readonly rank: number;
  /** What the product of A and B is multiplied by: α / r, or α / √r (rsLoRA, Kalajdzievski 2023, arxiv.org/abs/2312.03732). */
  readonly scale: number;
  /** The length of each row of W + scale · B·A is trained by itself (DoRA, Liu et al. 2024, arxiv.org/abs/2402.09353). */
  readonly dora?: boolean;
}

export interface LoraLayer extends LoraTarget {
  /** [rank, in] */
  readonly a: string;
  /** [out, rank] */
  readonly b: string;
  /** [out]: the length of each row, with DoRA. */
  readonly magnitude: string | undefined;
  /** The weight is [in, out], not [out, in]. */
  readonly outputsLast: boolean;
  readonly inSize: number;
  readonly outSize: number;
}

/**
 * The linear layers that can be adapted, by their weights: each Gemm with a frozen matrix, as the model builders and `linearForm` make
 * it. Layers that share a weight share its adapter.
 */
export function linearLayers(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const frozen = frozenValues(graph);
  const layers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const [x, weight] = node.inputs as [string, string];
    const isLinear =
      node.op === "Gemm" &&
      frozen.has(weight) &&
      !frozen.has(x) &&
      (node.attributes["transA"]?.value ?? 0) === 0;
    if (isLinear) layers.set(weight, [...(layers.get(weight) ?? []), node]);
  }
  return layers;
}

export interface AddedLora {
  readonly graph: Graph;
  readonly layers: readonly LoraLayer[];
  /** Values that carry no gradient back. */
  readonly detached: readonly string[];
  /** Numbers that the input DROPOUT_POOL holds; 0 without dropout. */
  readonly pool: number;
}

/**
 * What is dropped in front of A, as an input: draws of 0 or 1 / (1 − p), of which each layer takes a window of its own. With no generator
 * in the graph, a run that goes on, or computes a layer again, drops the same.
 */
export const DROPOUT_POOL = "dropout_pool";

/** Between the windows of two layers, which overlap: prime, and no width, so that equal places of layers have unlike draws. */
const POOL_STRIDE = 97;

/**
 * @param parameters makes the trained values of these names and shapes in the new graph: A and B of each layer, and `whole`.
 * @param whole weights that are trained themselves, such as those of a new head ("modules_to_save" of PEFT); they keep their names.
 * @param dropout adds DROPOUT_POOL, an input.
 */
export function addLora(
  graph: Graph,
  targets: readonly LoraTarget[],
  parameters: (build: Builder, shapes: ReadonlyMap<string, readonly number[]>) => void,
  whole: readonly string[] = [],
  dropout = false,
): AddedLora {
  const linear = linearLayers(graph);
  const layers = targets.map((target) => layerOf(graph, linear, target));
  const byWeight = new Map(layers.map((layer) => [layer.weight, layer]));
  const frozen = new Map([...graph.initializers].filter(([name]) => !whole.includes(name)));
  const build = new Builder(graph.name, { ...graph, initializers: frozen, nodes: [] });
  const low = layers.flatMap(({ a, b, magnitude, rank, inSize, outSize }): [string, readonly number[]][] => [
    [a, [rank, inSize]],
    [b, [outSize, rank]],
    ...(magnitude === undefined ? [] : [[magnitude, [outSize]] as [string, readonly number[]]]),
  ]);
  parameters(build, new Map([...low, ...whole.map((name) => [name, weightShape(graph, name)] as const)]));
  const adapted = new Set(layers.flatMap(({ weight }) => linear.get(weight)!));
  const windows = dropout ? windowsOf(graph, [...adapted]) : undefined;
  if (windows !== undefined) build.input(DROPOUT_POOL, "float32", [windows.size]);
  const detached: string[] = [];
  for (const node of graph.nodes) {
    if (!adapted.has(node)) {
      build.add(node);
      continue;
    }
    const window = windows?.of.get(node);
    const mask = window && build.within(`${node.name}/lora`, () => maskOf(build, window.from, window.shape));
    detached.push(...addLoraLayer(build, node, byWeight.get(node.inputs[1]!)!, mask));
  }
  return { graph: build.build(graph.outputs), layers, detached, pool: windows?.size ?? 0 };
}

interface Window {
  readonly from: number;
  readonly shape: readonly number[];
}

function windowsOf(
  graph: Graph,
  nodes: readonly Node[],
): { readonly of: ReadonlyMap<Node, Window>; readonly size: number } {
  let size = 0;
  const of = new Map<Node, Window>();
  for (const [at, node] of nodes.entries()) {
    const shape = graph.types.get(node.inputs[0]!)?.shape;
    if (shape === undefined || !isStatic(shape)) {
      throw new FrugalError({
        code: "graph-unsupported",
        what: `dropout before ${nodeLabel(node, graph.name)}`,
        why: "the shape of its input is not known before the run",
        remedy: "give every symbolic size a number first, or train without dropout",
      });
    }
    const from = at * POOL_STRIDE;
    of.set(node, { from, shape });
    size = Math.max(size, from + elements(shape));
  }
  return { of, size };
}

const maskOf = (build: Builder, from: number, shape: readonly number[]): string =>
  build.op("Reshape", [
    build.op("Slice", [
      DROPOUT_POOL,
      build.ints([from]),
      build.ints([from + elements(shape)]),
      build.ints([0]),
    ]),
    build.ints(shape),
  ]);

function weightShape(graph: Graph, name: string): readonly number[] {
  const weight = graph.initializers.get(name);
  if (weight === undefined) throw new Error(`no weight ${name}`);
  return weight.shape;
}

function layerOf(graph: Graph, linear: ReadonlyMap<string, readonly Node[]>, target: LoraTarget): LoraLayer {
  const shape = graph.types.get(target.weight)?.shape;
  const [node] = linear.get(target.weight) ?? [];
  if (node === undefined || shape === undefined || !isStatic(shape)) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `"${target.weight}" of graph "${graph.name}" cannot be adapted`,
      why: "it is no weight of a linear layer (a Gemm with a frozen matrix)",
      remedy: "frugal graph FILE.onnx lists those that can",
    });
  }
  const stem = target.weight.replace(/\.weight$/, "");
  const sides = shape as readonly [number, number];
  const outputsLast = node.attributes["transB"]?.value !== 1;
  const [outSize, inSize] = outputsLast ? [sides[1], sides[0]] : sides;
  return {
    ...target,
    a: `${stem}.lora_A.weight`,
    b: `${stem}.lora_B.weight`,
    magnitude: target.dora ? `${stem}.lora_magnitude_vector` : undefined,
    outputsLast,
    inSize,
    outSize,
  };
}
