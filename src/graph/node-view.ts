/** One node as the rows of the op table see it: types and attributes by name, failures that say which node they are about. */
import { FrugalError } from "../core/error.ts";
import type { TensorRef } from "../formats/tensor-ref.ts";
import type { Builder } from "./builder.ts";
import { type Attribute, type Node, nodeLabel, type TensorType } from "./graph.ts";
import type { AttributeKind } from "./op-row.ts";
import { fromFront } from "./shapes.ts";
import type { Values } from "./values.ts";

/** What is known of values by their names. */
export interface Knowledge {
  /** Of the graph, for messages. */
  readonly name: string;
  readonly opsets: ReadonlyMap<string, number>;
  typeOf(value: string): TensorType | undefined;
  valuesOf(value: string): Values | undefined;
}

export class NodeView {
  readonly node: Node;
  readonly known: Knowledge;

  constructor(node: Node, known: Knowledge) {
    this.node = node;
    this.known = known;
  }

  get opset(): number {
    return this.known.opsets.get(this.node.domain) ?? 1;
  }

  /** Number of inputs, absent ones at the end not counted. */
  get arity(): number {
    return this.node.inputs.length;
  }

  has(input: number): boolean {
    return (this.node.inputs[input] ?? "") !== "";
  }

  /** @throws "bad-model" when the input is absent, "graph-unsupported" when what makes it is not in the table or is no tensor. */
  type(input: number): TensorType {
    if (!this.has(input)) this.fail(`its input ${input + 1} is missing`);
    return (
      this.known.typeOf(this.node.inputs[input]!) ??
      this.unsupported(`the type of its input ${input + 1} is not known`)
    );
  }

  shape(input: number): TensorType["shape"] {
    return this.type(input).shape;
  }

  rank(input: number): number {
    return this.type(input).shape.length;
  }

  values(input: number): Values | undefined {
    return this.has(input) ? this.known.valuesOf(this.node.inputs[input]!) : undefined;
  }

  /** @throws "graph-unsupported" when the values are not known before the run. */
  constant(input: number): readonly number[] {
    return (
      this.values(input)?.values ??
      this.unsupported(`its input ${input + 1} must be known before the run, and is not`)
    );
  }

  /** A size that shows only in the run: a symbol of its own. */
  unknownSide(axis: number, output = 0): string {
    return `${this.node.outputs[output]}.${axis}`;
  }

  int(name: string, otherwise?: number): number {
    return this.#attribute(name, "int", otherwise);
  }
  float(name: string, otherwise?: number): number {
    return this.#attribute(name, "float", otherwise);
  }
  string(name: string, otherwise?: string): string {
    return this.#attribute(name, "string", otherwise);
  }
  ints(name: string, otherwise?: readonly number[]): readonly number[] {
    return this.#attribute(name, "ints", otherwise);
  }
  floats(name: string, otherwise?: readonly number[]): readonly number[] {
    return this.#attribute(name, "floats", otherwise);
  }
  tensor(name: string): TensorRef | undefined {
    const found = this.node.attributes[name];
    return found?.type === "tensor" ? found.value : undefined;
  }
  hasAttribute(name: string): boolean {
    return this.node.attributes[name] !== undefined;
  }

  /** The attribute `name` as an axis of input 0, counted from the front. */
  axis(name: string, otherwise?: number): number {
    return this.axisOf(this.int(name, otherwise), this.rank(0));
  }

  axisOf(axis: number, rank: number): number {
    const front = fromFront(axis, rank);
    return front >= 0 && front < rank ? front : this.fail(`axis ${axis} is none of a tensor of rank ${rank}`);
  }

  /** The graph contradicts itself. */
  fail(why: string): never {
    throw new FrugalError({
      code: "bad-model",
      what: nodeLabel(this.node, this.known.name),
      why,
      remedy: "export or build the model again",
    });
  }

  /** The graph may be right, but we cannot do it. */
  unsupported(why: string): never {
    throw new FrugalError({
      code: "graph-unsupported",
      what: nodeLabel(this.node, this.known.name),
      why,
      remedy: "frugal graph FILE.onnx shows what can be computed and trained",
    });
  }

  #attribute<T>(name: string, kind: Exclude<AttributeKind, "graph">, otherwise: T | undefined): T {
    const found: Attribute | undefined = this.node.attributes[name];
    if (found === undefined) return otherwise ?? this.fail(`its attribute ${name} is missing`);
    if (found.type !== kind) this.fail(`its attribute ${name} is of kind ${found.type} instead of ${kind}`);
    return found.value as T;
  }
}

/** A node, and a builder for what its rule adds to the graph. */
export class GradientView extends NodeView {
  readonly build: Builder;
  readonly #upstream: readonly (string | undefined)[];
  readonly #needed: readonly boolean[];

  constructor(
    node: Node,
    build: Builder,
    upstream: readonly (string | undefined)[] = [],
    needed: readonly boolean[] = [],
  ) {
    super(node, build);
    this.build = build;
    this.#upstream = upstream;
    this.#needed = needed;
  }

  input(at: number): string {
    return this.node.inputs[at]!;
  }
  output(at = 0): string {
    return this.node.outputs[at]!;
  }
  /** The gradient of an output; undefined where nothing flows into it. */
  upstream(output = 0): string | undefined {
    return this.#upstream[output];
  }
  /** Of an op with a single output that has one: the rule would not be asked otherwise. */
  get dy(): string {
    return this.#upstream[0] ?? this.unsupported("nothing flows into its first output");
  }
  /** Whether anybody asked for the gradient of this input. */
  needs(input: number): boolean {
    return this.#needed[input] === true;
  }
  op(op: string, inputs: readonly string[], attributes?: Parameters<Builder["op"]>[2]): string {
    return this.build.op(op, inputs, attributes);
  }
}
