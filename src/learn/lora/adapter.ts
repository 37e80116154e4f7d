/** A trained adapter in memory: its tensors under the names that a training step gives them, which are PEFT's without the prefix. */
import { FrugalError } from "../../core/error.ts";
import { fromFloat32, toFloat32 } from "../../formats/convert-dtype.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import { elementCount } from "../../formats/tensor-ref.ts";
import type { Graph } from "../../graph/graph.ts";
import { addLora, type LoraTarget, linearLayers } from "../../graph/passes/add-lora.ts";
import type { Span } from "../../graph/passes/flat-parameters.ts";
import { moduleOf, scaleOf } from "./resolve-settings.ts";
import type { LoraSettings } from "./settings.ts";

export interface Adapter {
  readonly settings: LoraSettings;
  /** float32: `MODULE.lora_A.weight`, `MODULE.lora_B.weight`, `MODULE.lora_magnitude_vector`, and weights that are trained as a whole. */
  readonly tensors: ReadonlyMap<string, MemoryTensor>;
}

export interface AdapterLayer {
  /** Name of the layer: that of its weight without ".weight". */
  readonly module: string;
  /** [rank, in] */
  readonly a: MemoryTensor;
  /** [out, rank] */
  readonly b: MemoryTensor;
  /** [out], with DoRA. */
  readonly magnitude: MemoryTensor | undefined;
  readonly rank: number;
  readonly scale: number;
}

const A = ".lora_A.weight";
const B = ".lora_B.weight";
export const MAGNITUDE = ".lora_magnitude_vector";
const PART = /\.lora_(A\.weight|B\.weight|magnitude_vector)$/;

/** @throws "bad-model" for halves without the other, and ranks that are not those of the settings. */
export function layersOf({ settings, tensors }: Adapter): readonly AdapterLayer[] {
  const modules = new Set(
    [...tensors.keys()].filter((name) => PART.test(name)).map((name) => name.replace(PART, "")),
  );
  return [...modules].map((module) => {
    const [a, b, magnitude] = [A, B, MAGNITUDE].map((part) => tensors.get(module + part));
    if (a === undefined || b === undefined || settings.use_dora !== (magnitude !== undefined)) {
      const missing = a === undefined ? "lora_A" : b === undefined ? "lora_B" : "lora_magnitude_vector";
      throw damaged(
        module,
        b && a && magnitude ? "it has a magnitude, but no use_dora" : `${missing} is missing`,
      );
    }
    const [rank, , outSize, inner] = [...a.shape, ...b.shape] as [number, number, number, number];
    if (a.shape.length !== 2 || b.shape.length !== 2 || rank !== inner) {
      throw damaged(module, `A is [${a.shape}] and B [${b.shape}]`);
    }
    if (magnitude !== undefined && elementCount(magnitude.shape) !== outSize) {
      throw damaged(module, `B is [${b.shape}] and its magnitude [${magnitude.shape}]`);
    }
    return { module, a, b, magnitude, rank, scale: scaleOf(settings, module, rank) };
  });
}

/** Weights that were trained as a whole, by name. */
export const wholeOf = ({ tensors }: Adapter): ReadonlyMap<string, MemoryTensor> =>
  new Map([...tensors].filter(([name]) => !PART.test(name)));

/** What a training step trained. */
export function adapterOf(
  settings: LoraSettings,
  spans: ReadonlyMap<string, Span>,
  parameters: Float32Array,
): Adapter {
  const tensors = [...spans].map(([name, { offset, shape }]): [string, MemoryTensor] => {
    const values = parameters.subarray(offset, offset + elementCount(shape));
    return [name, { dtype: "float32", shape, data: fromFloat32(values, "float32") }];
  });
  return { settings, tensors: new Map(tensors) };
}

/** The vector of a training step that goes on from the adapter. @throws "adapter-mismatch" when they do not train the same. */
export function parametersOf({ tensors }: Adapter, spans: ReadonlyMap<string, Span>): Float32Array {
  const problems = [...tensors.keys()]
    .filter((name) => !spans.has(name))
    .map((name) => `${name} is not trained`);
  let size = 0;
  for (const [name, { shape }] of spans) {
    size += elementCount(shape);
    const found = tensors.get(name);
    if (found?.shape.join() === shape.join()) continue;
    problems.push(found ? `${name} is [${found.shape}] instead of [${shape}]` : `it has no ${name}`);
  }
  if (problems.length > 0) throw mismatch("the adapter is not what is to be trained", problems);
  const out = new Float32Array(size);
  for (const [name, { offset }] of spans) out.set(toFloat32(tensors.get(name)!.data, "float32"), offset);
  return out;
}

/**
 * The adapter under the names of a graph's weights: that of a bare encoder has no "bert." before its names, that of a model with a head has.
 * @throws "adapter-mismatch" when it is one for another base, telling what does not fit.
 */
export function fitAdapter(adapter: Adapter, graph: Graph): Adapter {
  const linear = linearLayers(graph);
  const layers = layersOf(adapter);
  const renamed = renaming([...layers.map(({ module }) => `${module}.weight`)], new Set(linear.keys()));
  const problems = layers.flatMap(({ module, a, b }) => {
    const weight = renamed(`${module}.weight`);
    const shape = graph.types.get(weight)?.shape;
    const node = linear.get(weight)?.[0];
    if (node === undefined || shape === undefined) return [`the base has no linear layer ${module}`];
    const sides = node.attributes["transB"]?.value === 1 ? shape : shape.toReversed();
    const own = [b.shape[0], a.shape[1]];
    return sides.join() === own.join()
      ? []
      : [`${module} is [${own}] in the adapter, [${sides}] in the base`];
  });
  for (const [name, { shape }] of wholeOf(adapter)) {
    const there = graph.types.get(renamed(name))?.shape ?? graph.types.get(name)?.shape;
    if (there === undefined) problems.push(`the base has no ${name}`);
    else if (there.join() !== shape.join())
      problems.push(`${name} is [${shape}] in the adapter, [${there}] in the base`);
  }
  if (problems.length > 0) throw mismatch("the adapter does not fit the base", problems);
  const tensors = [...adapter.tensors].map(([name, tensor]): [string, MemoryTensor] => {
    const part = PART.exec(name)?.[0];
    if (part === undefined) return [graph.types.has(renamed(name)) ? renamed(name) : name, tensor];
    return [moduleOf(renamed(`${name.slice(0, -part.length)}.weight`)) + part, tensor];
  });
  return { ...adapter, tensors: new Map(tensors) };
}

/** With or without one part in front, whichever makes most of `names` some of `there`. */
export function renaming(names: readonly string[], there: ReadonlySet<string>): (name: string) => string {
  const prefixes = new Set([...there].map((name) => `${name.split(".")[0]}.`));
  const ways: readonly ((name: string) => string)[] = [
    (name) => name,
    (name) => name.slice(name.indexOf(".") + 1),
    ...[...prefixes].map((prefix) => (name: string) => prefix + name),
  ];
  const hits = ways.map((way) => names.filter((name) => there.has(way(name))).length);
  return ways[hits.indexOf(Math.max(...hits))]!;
}

/** The graph with the adapter's layers, its tensors as weights. @param adapter that fits (`fitAdapter`). */
export function attachAdapter(graph: Graph, adapter: Adapter): Graph {
  return addLora(
    graph,
    targetsOf(adapter),
    (build, shapes) => {
      for (const name of shapes.keys()) build.weight(name, adapter.tensors.get(name)!);
    },
    [...wholeOf(adapter).keys()],
  ).graph;
}

/** What a training step adapts to go on with the adapter. */
export const targetsOf = (adapter: Adapter): readonly LoraTarget[] =>
  layersOf(adapter).map(({ module, rank, scale, magnitude }) => ({
    weight: `${module}.weight`,
    rank,
    scale,
    dora: magnitude !== undefined,
  }));

const damaged = (module: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `the adapter of ${module} is not whole`,
    why,
    remedy: "copy or train the adapter again",
  });

/** Of many, the first tell enough. */
const TOLD = 5;

export const mismatch = (what: string, problems: readonly string[]): FrugalError =>
  new FrugalError({
    code: "adapter-mismatch",
    what,
    why: `${problems.slice(0, TOLD).join("; ")}${problems.length > TOLD ? `; and ${problems.length - TOLD} more` : ""}`,
    remedy: "use the base model that the adapter was trained on",
  });
