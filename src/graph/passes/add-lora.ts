/**
 * Low-rank adaptation (Hu et al. 2021, arxiv.org/abs/2106.09685): y = x · Wᵀ + (α / r) · (x · Aᵀ) · Bᵀ beside every frozen linear layer
 * that is chosen; A and B come in as values of the graph.
 */
import { FrugalError } from "../../core/error.ts";
import type { PlainAttributes } from "../builder.ts";
import { Builder } from "../builder.ts";
import { frozenValues } from "../frozen.ts";
import type { Graph, Node } from "../graph.ts";
import { isStatic } from "../shapes.ts";

export interface LoraTarget {
  /** The layer's weight. */
  readonly weight: string;
  readonly rank: number;
  /** What the product of A and B is multiplied by: α / r. */
  readonly scale: number;
}

export interface LoraLayer extends LoraTarget {
  /** [rank, in] */
  readonly a: string;
  /** [out, rank] */
  readonly b: string;
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

/**
 * @param parameters makes the trained values of these names and shapes in the new graph: A and B of each layer, and `whole`.
 * @param whole weights that are trained themselves, such as those of a new head ("modules_to_save" of PEFT); they keep their names.
 */
export function addLora(
  graph: Graph,
  targets: readonly LoraTarget[],
  parameters: (build: Builder, shapes: ReadonlyMap<string, readonly number[]>) => void,
  whole: readonly string[] = [],
): { graph: Graph; layers: readonly LoraLayer[] } {
  const linear = linearLayers(graph);
  const layers = targets.map((target) => layerOf(graph, linear, target));
  const byWeight = new Map(layers.map((layer) => [layer.weight, layer]));
  const frozen = new Map([...graph.initializers].filter(([name]) => !whole.includes(name)));
  const build = new Builder(graph.name, { ...graph, initializers: frozen, nodes: [] });
  const low = layers.flatMap(
    ({ a, b, rank, inSize, outSize }) =>
      [
        [a, [rank, inSize]],
        [b, [outSize, rank]],
      ] as const,
  );
  parameters(build, new Map([...low, ...whole.map((name) => [name, weightShape(graph, name)] as const)]));
  for (const node of graph.nodes) {
    const layer = byWeight.get(node.inputs[1] ?? "");
    if (layer === undefined || !linear.get(layer.weight)!.includes(node)) {
      build.add(node);
      continue;
    }
    const base = `${node.outputs[0]}/base`;
    build.add({ ...node, name: base, outputs: [base] });
    build.within(`${node.name}/lora`, () => {
      const low = build.op("Gemm", [node.inputs[0]!, layer.a], { transB: 1 });
      build.addNamed("Gemm", [low, layer.b, base], scaled(layer.scale), node.outputs[0]!);
    });
  }
  return { graph: build.build(graph.outputs), layers };
}

const scaled = (alpha: number): PlainAttributes => ({ transB: 1, ...(alpha !== 1 && { alpha }) });

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
  const [outSize, inSize] = node.attributes["transB"]?.value === 1 ? sides : [sides[1], sides[0]];
  return { ...target, a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight`, inSize, outSize };
}
