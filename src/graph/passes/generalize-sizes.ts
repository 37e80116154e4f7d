/**
 * One graph for every number of rows and every length, from graphs of a few: builders write sizes as numbers, and where these differ from
 * graph to graph they are made of the sizes of an input instead. What follows no rule that all the graphs obey is refused.
 */
import { FrugalError } from "../../core/error.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { Builder } from "../builder.ts";
import { type Dim, type Graph, type Node, nodeLabel, type Shape, type TensorType } from "../graph.ts";
import { sameShape } from "../shapes.ts";
import { knownValues } from "../values.ts";

export interface Sizes {
  readonly rows: number;
  readonly length: number;
}

export interface GeneralizeOptions {
  /** An input: int64 [rows, length]. */
  readonly input: string;
  /** Rows of tables that each graph holds for its own length. */
  readonly longest: number;
  readonly symbols: { readonly rows: string; readonly length: string };
}

/** Primes that no product of others is, and no usual width. */
const TRIED: readonly Sizes[] = [
  { rows: 5, length: 7 },
  { rows: 11, length: 13 },
  { rows: 17, length: 3 },
];

/** @throws "graph-unsupported" for what follows no rule, naming the node. */
export function generalizeSizes(graphAt: (sizes: Sizes) => Graph, options: GeneralizeOptions): Graph {
  const graphs = TRIED.map(graphAt) as [Graph, Graph, Graph];
  const longest = graphAt({ rows: 1, length: options.longest });
  const [first] = graphs;
  const alike = [...graphs, longest].every(
    ({ nodes, inputs }) => nodes.length === first.nodes.length && inputs.join() === first.inputs.join(),
  );
  if (!alike) throw unsupported(first.name, "it has other nodes for other sizes");
  // What sizes are made of comes in front; the rest of the nodes stay as they are.
  const build = new Builder(first.name);
  for (const input of first.inputs) {
    build.input(input, first.types.get(input)!.dtype, shapeOf(input, graphs, options.symbols));
  }
  const general = build.within("sizes", () => {
    const shape = build.op("Shape", [options.input]);
    const sizeAt = (at: number): string => build.op("Gather", [shape, build.ints([at])], { axis: 0 });
    return new Generalizer(build, options.input, { rows: sizeAt(0), length: sizeAt(1) });
  });
  const kept = new Map<string, TensorRef>();
  const nodes = first.nodes.map((node, at) => {
    const others = graphs.map((graph) => graph.nodes[at]!);
    requireAlike(first.name, node, others);
    const inputs = node.inputs.map((name, place) => {
      const own = first.initializers.get(name);
      if (own === undefined) return name;
      const tensors = graphs.map((graph, n) => graph.initializers.get(others[n]!.inputs[place]!));
      if (tensors.every((tensor) => tensor !== undefined && isSame(tensor, own))) {
        kept.set(name, own);
        return name;
      }
      const long = longest.initializers.get(longest.nodes[at]!.inputs[place]!);
      const made = build.within("sizes", () => general.value(tensors, long));
      if (made === undefined) throw unsupported(nodeLabel(node, first.name), `"${name}" follows no rule`);
      return made;
    });
    return { ...node, inputs };
  });
  const sizes = build.build([]);
  const answers = first.outputs.map((name, at): [string, TensorType] => {
    const named = graphs.map(({ outputs }) => outputs[at]!);
    const { dtype } = first.types.get(name)!;
    return [name, { dtype, shape: shapeOf(named, graphs, options.symbols) }];
  });
  return {
    ...sizes,
    outputs: first.outputs,
    initializers: new Map([...kept, ...sizes.initializers]),
    nodes: [...sizes.nodes, ...nodes],
    types: new Map([...sizes.types, ...answers]),
  };
}

/** @param names of a value in each graph. */
function shapeOf(
  names: string | readonly string[],
  graphs: readonly Graph[],
  symbols: GeneralizeOptions["symbols"],
): Shape {
  const shapes = graphs.map(
    ({ types }, at) => types.get(typeof names === "string" ? names : names[at]!)!.shape,
  );
  return shapes[0]!.map((_, side): Dim => {
    const sides = shapes.map((shape) => shape[side]!);
    if (sides.every((one) => one === sides[0])) return sides[0]!;
    const isSize = (kind: keyof Sizes): boolean => sides.every((one, at) => one === TRIED[at]![kind]);
    if (isSize("rows")) return symbols.rows;
    return isSize("length") ? symbols.length : `${symbols.rows} * ${symbols.length}`;
  });
}

function requireAlike(graph: string, node: Node, others: readonly Node[]): void {
  const written = (one: Node): string =>
    JSON.stringify([one.op, one.domain, one.outputs.length, one.inputs.length, one.attributes]);
  if (others.every((other) => written(other) === written(node))) return;
  throw unsupported(nodeLabel(node, graph), "it is another for other sizes");
}

class Generalizer {
  readonly #build: Builder;
  /** int64 [rows, length] */
  readonly #input: string;
  /** Vectors of one number. */
  readonly #sizes: Readonly<Record<keyof Sizes, string>>;
  readonly #made = new Map<string, string>();

  constructor(build: Builder, input: string, sizes: Readonly<Record<keyof Sizes, string>>) {
    this.#build = build;
    this.#input = input;
    this.#sizes = sizes;
  }

  /** undefined where there is no rule. */
  value(tensors: readonly (TensorRef | undefined)[], longest: TensorRef | undefined): string | undefined {
    if (!tensors.every((tensor) => tensor !== undefined) || longest === undefined) return undefined;
    const key = JSON.stringify(tensors.map(({ shape, data }) => [shape, String(data)]));
    const made = this.#made.get(key) ?? this.#rule(tensors, longest);
    if (made !== undefined) this.#made.set(key, made);
    return made;
  }

  #rule(tensors: readonly TensorRef[], longest: TensorRef): string | undefined {
    const build = this.#build;
    const values = tensors.map((tensor) => knownValues(tensor));
    const isVector = values.every(
      (one) => one?.dtype === "int64" && sameShape(one.shape, [values[0]!.shape[0]!]),
    );
    if (isVector) return this.#products(values.map((one) => one!.values));
    const { length } = this.#sizes;
    const startOf = (axis: number): string => {
      const table = build.weight(`sizes/table_${this.#made.size}`, longest);
      return build.op("Slice", [table, build.ints([0]), length, build.ints([axis])]);
    };
    const isTable = (tensor: TensorRef, at: number): boolean =>
      tensor.shape[0] === TRIED[at]!.length && isStart(tensor, longest);
    if (tensors.every(isTable)) return startOf(0);
    const isRepeated = (tensor: TensorRef, at: number): boolean =>
      sameShape(tensor.shape, [TRIED[at]!.rows, TRIED[at]!.length]) && isStart(firstRow(tensor), longest);
    if (!tensors.every((tensor, at) => isRepeated(tensor, at) && isRowRepeated(tensor))) return undefined;
    if (longest.dtype !== "int64") return undefined;
    return build.op("Add", [startOf(1), build.op("Mul", [this.#input, build.scalar(0, "int64")])]);
  }

  /** Each number a multiple of 1, rows, length or both. */
  #products(values: readonly (readonly number[])[]): string | undefined {
    const parts = values[0]!.map((_, at) => this.#product(values.map((all) => all[at]!)));
    if (!parts.every((part) => part !== undefined)) return undefined;
    return parts.length === 1 ? parts[0] : this.#build.op("Concat", parts, { axis: 0 });
  }

  #product(numbers: readonly number[]): string | undefined {
    for (const kinds of [[], ["rows"], ["length"], ["rows", "length"]] as (keyof Sizes)[][]) {
      const factors = numbers.map((number, at) =>
        kinds.reduce((left, kind) => left / TRIED[at]![kind], number),
      );
      const [factor] = factors as [number];
      if (!Number.isInteger(factor) || factors.some((one) => one !== factor)) continue;
      const sizes = kinds.map((kind) => this.#sizes[kind]);
      const all = factor === 1 && sizes.length > 0 ? sizes : [this.#build.ints([factor]), ...sizes];
      return all.reduce((product, one) => this.#build.op("Mul", [product, one]));
    }
    return undefined;
  }
}

function isSame(one: TensorRef, other: TensorRef): boolean {
  if (one.dtype !== other.dtype || !sameShape(one.shape, other.shape)) return false;
  const [a, b] = [one.data, other.data];
  if (a === b) return true;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if ("path" in a) return "path" in b && a.path === b.path && a.offset === b.offset;
  // Computed when read: a weight, which has one shape whatever the sizes.
  return "pieces" in b;
}

function firstRow({ dtype, shape, data }: TensorRef): TensorRef {
  const [rows, ...row] = shape as [number, number];
  const bytes = data instanceof Uint8Array ? data.subarray(0, data.length / rows) : data;
  return { dtype, shape: row, data: bytes };
}

function isRowRepeated(tensor: TensorRef): boolean {
  const { data } = tensor;
  const row = firstRow(tensor).data;
  return (
    data instanceof Uint8Array &&
    row instanceof Uint8Array &&
    data.every((byte, at) => byte === row[at % row.length])
  );
}

const isStart = ({ data }: TensorRef, { data: all }: TensorRef): boolean =>
  data instanceof Uint8Array &&
  all instanceof Uint8Array &&
  Buffer.compare(data, all.subarray(0, data.length)) === 0;

const unsupported = (what: string, why: string): FrugalError =>
  new FrugalError({
    code: "graph-unsupported",
    what: `${what} cannot be made for all sizes`,
    why,
    remedy: "export the model's weights instead of an ONNX file",
  });
