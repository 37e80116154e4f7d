/** Adds nodes to a graph, one operator at a time, each with its type inferred at once. */
import { invariant } from "../core/error.ts";
import type { Dtype, TensorRef } from "../formats/tensor-ref.ts";
import { Facts } from "./facts.ts";
import type { Attribute, Graph, Node, Shape, TensorType } from "./graph.ts";
import type { Knowledge } from "./node-view.ts";
import { rowOf } from "./op-table.ts";
import { int64, scalar, tensorOf, type Values } from "./values.ts";

export type PlainAttribute = number | string | readonly number[] | readonly string[] | TensorRef;
export type PlainAttributes = Readonly<Record<string, PlainAttribute>>;

/** ONNX 23 (IR version 11) is the first with RMSNormalization and RotaryEmbedding. */
export const OPSETS: ReadonlyMap<string, number> = new Map([
  ["", 23],
  ["com.microsoft", 1],
]);

export class Builder implements Knowledge {
  readonly name: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly #facts: Facts;
  readonly #inputs: string[];
  readonly #initializers: Map<string, TensorRef>;
  readonly #nodes: Node[] = [];
  /** Constants that are there already, by their content. */
  readonly #constants = new Map<string, string>();
  readonly #taken = new Set<string>();
  #count = 0;
  #scope = "";

  /** Starts empty, or goes on from `graph`. */
  constructor(name: string, graph?: Graph) {
    this.name = name;
    this.opsets = graph?.opsets ?? OPSETS;
    this.#facts = new Facts(this);
    this.#inputs = [...(graph?.inputs ?? [])];
    this.#initializers = new Map();
    for (const value of this.#inputs) {
      this.#taken.add(value);
      this.#facts.types.set(value, graph!.types.get(value)!);
    }
    for (const [value, tensor] of graph?.initializers ?? []) this.weight(value, tensor);
    for (const node of graph?.nodes ?? []) this.add(node);
  }

  typeOf(value: string): TensorType | undefined {
    return this.#facts.typeOf(value);
  }
  valuesOf(value: string): Values | undefined {
    return this.#facts.valuesOf(value);
  }
  /** In the order in which they were added. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }
  weightOf(value: string): TensorRef | undefined {
    return this.#initializers.get(value);
  }
  /** @throws InternalError for a value that is not there or whose type is not known. */
  shape(value: string): Shape {
    const type = this.typeOf(value);
    invariant(type !== undefined, `no type of ${value}`);
    return type.shape;
  }

  /** What `build` adds carries `scope/` before its names. */
  within<T>(scope: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${scope}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  input(name: string, dtype: Dtype, shape: Shape): string {
    this.#take(name);
    this.#inputs.push(name);
    this.#facts.types.set(name, { dtype, shape });
    return name;
  }

  weight(name: string, tensor: TensorRef): string {
    this.#take(name);
    this.#initializers.set(name, tensor);
    this.#facts.learnWeight(name, tensor);
    return name;
  }

  /** One tensor for equal constants. */
  constant(values: Values): string {
    const content = JSON.stringify([values.dtype, values.shape, values.values.map(String)]);
    const there = this.#constants.get(content);
    if (there !== undefined) return there;
    const name = this.weight(this.#fresh("constant"), tensorOf(values));
    this.#constants.set(content, name);
    return name;
  }
  scalar(value: number, dtype: Dtype = "float32"): string {
    return this.constant(scalar(value, dtype));
  }
  ints(values: readonly number[]): string {
    return this.constant(int64(values));
  }

  /** The only output's name. */
  op(op: string, inputs: readonly string[], attributes: PlainAttributes = {}): string {
    return this.ops(op, inputs, attributes, 1)[0]!;
  }

  /** @param op with its domain before a colon, `com.microsoft:QuickGelu`, unless it is ONNX's own. */
  ops(
    op: string,
    inputs: readonly string[],
    attributes: PlainAttributes,
    outputs: number,
  ): readonly string[] {
    const kind = op.slice(op.indexOf(":") + 1).toLowerCase();
    const names = Array.from({ length: outputs }, () => this.#fresh(kind));
    return this.#addPlain(op, inputs, attributes, names);
  }

  /** With an output of that name. */
  addNamed(op: string, inputs: readonly string[], attributes: PlainAttributes, output: string): string {
    return this.#addPlain(op, inputs, attributes, [output])[0]!;
  }

  #addPlain(
    op: string,
    inputs: readonly string[],
    attributes: PlainAttributes,
    outputs: readonly string[],
  ): readonly string[] {
    const [domain, plain] = op.includes(":") ? (op.split(":") as [string, string]) : ["", op];
    const kinds = rowOf(domain, plain)?.attributes ?? {};
    const withKinds = Object.entries(attributes).map(([name, value]) => {
      const kind = kinds[name];
      invariant(kind !== undefined, `${op} has no attribute ${name}`);
      return [name, { type: kind, value } as Attribute];
    });
    return this.add({
      op: plain,
      domain,
      name: outputs[0]!,
      inputs,
      outputs,
      attributes: Object.fromEntries(withKinds),
    });
  }

  /** A node with names of its own. @throws "graph-unsupported" when the op table has no row for it. */
  add(node: Node): readonly string[] {
    for (const name of node.inputs) {
      invariant(name === "" || this.#taken.has(name), `${node.op} uses "${name}", which is not made yet`);
    }
    this.#facts.learnNode(node);
    for (const name of node.outputs) if (name !== "") this.#take(name);
    this.#nodes.push(node);
    return node.outputs;
  }

  build(outputs: readonly string[]): Graph {
    for (const name of outputs) invariant(this.#taken.has(name), `no value ${name} in ${this.name}`);
    return {
      name: this.name,
      opsets: this.opsets,
      inputs: this.#inputs,
      outputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
      types: this.#facts.types,
    };
  }

  #take(name: string): void {
    invariant(!this.#taken.has(name), `two values named ${name} in ${this.name}`);
    this.#taken.add(name);
  }

  #fresh(kind: string): string {
    for (;;) {
      const name = `${this.#scope}${kind}_${this.#count++}`;
      if (!this.#taken.has(name)) return name;
    }
  }
}
