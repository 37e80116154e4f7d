/** An ONNX model as a graph: sizes bound, nodes in order, types inferred as far as the op table reaches. */
import { FrugalError } from "../core/error.ts";
import type { OnnxModel, OnnxNode, OnnxType, OnnxValueInfo } from "../formats/onnx/model.ts";
import type { TensorRef } from "../formats/tensor-ref.ts";
import { Facts } from "./facts.ts";
import { foldControl, whyNotFolded } from "./fold-control.ts";
import { Sequences } from "./fold-sequences.ts";
import { type Dim, type Graph, nodeLabel, type TensorType } from "./graph.ts";
import { inlineFunctions } from "./inline-functions.ts";
import { rowOf } from "./op-table.ts";
import { prune } from "./passes/prune.ts";
import { tensorOf } from "./values.ts";

export interface Imported {
  readonly graph: Graph;
  /** Nodes that the op table does not cover, and why; each one's outputs have the types that the model states, if any. */
  readonly problems: readonly { readonly node: OnnxNode; readonly error: FrugalError }[];
}

/**
 * @param sizes numbers for the symbols of the inputs' shapes, such as batch_size; others stay symbols.
 * @throws "bad-model" for a graph that contradicts itself, "graph-unsupported" for sparse weights, and functions of another opset.
 */
export function importModel(model: OnnxModel, sizes: ReadonlyMap<string, number> = new Map()): Imported {
  refuse(model);
  const { graph } = inlineFunctions(model);
  const initializers = new Map(graph.initializers);
  const facts = new Facts({ name: graph.name, opsets: model.opsets });
  for (const [name, tensor] of initializers) facts.learnWeight(name, tensor);
  // Up to IR version 3 weights stand among the inputs; a default may be replaced by a caller, but ours never does.
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name));
  for (const info of inputs) {
    const type = typeOf(info, sizes);
    if (type !== undefined) facts.types.set(info.name, type);
  }
  const given = new Set<string>();
  for (const { name } of inputs) {
    if (given.has(name)) throw wrong(`graph "${graph.name}"`, `two inputs are named "${name}"`);
    given.add(name);
  }
  const stated = new Map([...graph.valueInfo, ...graph.outputs].map((info) => [info.name, info]));
  const problems: { node: OnnxNode; error: FrugalError }[] = [];
  const nodes: OnnxNode[] = [];
  const sequences = new Sequences();
  const addWeight = (name: string, tensor: TensorRef): void => {
    initializers.set(name, tensor);
    facts.learnWeight(name, tensor);
  };
  const addNode = (node: OnnxNode, isOpened = false): void => {
    const weight = constantOf(node);
    if (weight !== undefined) {
      addWeight(node.outputs[0]!, weight);
      return;
    }
    const replaced = sequences.fold(node, facts);
    if (replaced !== undefined) {
      for (const inner of replaced) addNode(inner, isOpened);
      return;
    }
    const folded = foldControl(node, facts);
    if (folded !== undefined) {
      for (const [name, tensor] of folded.initializers) addWeight(name, tensor);
      for (const inner of folded.nodes) addNode(inner, true);
      return;
    }
    try {
      learn(node, facts);
      const values = node.outputs.map((name) => facts.valuesOf(name));
      // Bodies without types leave open what is a scalar; the runtime does so no more where it knows the shape.
      if (isOpened && values.every((one) => one !== undefined)) {
        for (const [at, name] of node.outputs.entries()) initializers.set(name, tensorOf(values[at]!));
        return;
      }
    } catch (thrown) {
      if (!(thrown instanceof FrugalError) || thrown.code !== "graph-unsupported") throw thrown;
      problems.push({ node, error: thrown });
      for (const name of node.outputs) {
        const info = stated.get(name);
        const type = info && typeOf(info, sizes);
        if (type !== undefined) facts.types.set(name, type);
      }
    }
    nodes.push(node);
  };
  for (const node of inOrder(graph.nodes, new Set([...initializers.keys(), ...given]), graph.name))
    addNode(node);
  const made = new Set([...nodes.flatMap(({ outputs }) => outputs), ...facts.types.keys()]);
  const missing = graph.outputs.find(({ name }) => name === "" || !made.has(name));
  if (missing !== undefined)
    throw wrong(`graph "${graph.name}"`, `its output "${missing.name}" is made nowhere`);
  // What no output depends on is not run: sequences that an exporter's loop fills beside its work, for example.
  const imported = prune({
    name: graph.name,
    opsets: model.opsets,
    inputs: inputs.map(({ name }) => name),
    outputs: graph.outputs.map(({ name }) => name),
    initializers,
    nodes,
    types: facts.types,
  });
  const used = new Set(imported.nodes);
  return { graph: imported, problems: problems.filter(({ node }) => used.has(node)) };
}

/** @throws "graph-unsupported", for control flow with its own reason. */
function learn(node: OnnxNode, facts: Facts): void {
  const why = whyNotFolded(node.op);
  if (why === undefined || rowOf(node.domain, node.op) !== undefined) {
    facts.learnNode(node);
    return;
  }
  throw new FrugalError({
    code: "graph-unsupported",
    what: nodeLabel(node, facts.name),
    why,
    remedy: "export the model for one course, or give the sizes of its inputs numbers",
  });
}

function refuse({ graph }: OnnxModel): void {
  if ((graph.sparseInitializers ?? []).length === 0) return;
  throw new FrugalError({
    code: "graph-unsupported",
    what: `graph "${graph.name}"`,
    why: "it has sparse weights",
    remedy: "export it again with dense weights",
  });
}

/** Sizes without a name get one from their place, so that they are the same size nowhere else. */
function typeOf({ name, type }: OnnxValueInfo, sizes: ReadonlyMap<string, number>): TensorType | undefined {
  const shape = tensorShape(type);
  if (type.kind !== "tensor" || shape === undefined) return undefined;
  return {
    dtype: type.dtype,
    shape: shape.map((side, axis): Dim => {
      const symbol = side ?? `${name}#${axis}`;
      return typeof symbol === "number" ? symbol : (sizes.get(symbol) ?? symbol);
    }),
  };
}

const tensorShape = (type: OnnxType) => (type.kind === "tensor" ? type.shape : undefined);

/** Some exporters write weights as Constant nodes. */
function constantOf(node: OnnxNode): TensorRef | undefined {
  if (node.op !== "Constant" || node.domain !== "") return undefined;
  const { value, value_int, value_ints, value_float, value_floats } = node.attributes;
  if (value?.type === "tensor") return value.value;
  const numbers = (of: typeof value_ints): readonly number[] =>
    of?.type === "ints" || of?.type === "floats" ? of.value : [];
  if (value_int?.type === "int") return tensorOf({ dtype: "int64", shape: [], values: [value_int.value] });
  if (value_float?.type === "float")
    return tensorOf({ dtype: "float32", shape: [], values: [value_float.value] });
  for (const [of, dtype] of [
    [value_ints, "int64"],
    [value_floats, "float32"],
  ] as const) {
    if (of !== undefined) return tensorOf({ dtype, shape: [numbers(of).length], values: numbers(of) });
  }
  return undefined;
}

/** Each node after those whose values it uses; their own order where that leaves a choice. */
function inOrder(nodes: readonly OnnxNode[], given: ReadonlySet<string>, graph: string): OnnxNode[] {
  const made = new Set(given);
  const missing = new Map<OnnxNode, Set<string>>();
  const waiting = new Map<string, OnnxNode[]>();
  const ordered: OnnxNode[] = [];
  for (const first of nodes) {
    const absent = new Set(first.inputs.filter((name) => name !== "" && !made.has(name)));
    if (absent.size > 0) {
      missing.set(first, absent);
      for (const name of absent) waiting.set(name, [...(waiting.get(name) ?? []), first]);
      continue;
    }
    // A node may be what earlier ones have waited for.
    const ready = [first];
    for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
      ordered.push(node);
      for (const name of node.outputs) {
        if (name !== "" && made.has(name))
          throw wrong(nodeLabel(node, graph), `it makes "${name}" a second time`);
        made.add(name);
        for (const user of waiting.get(name) ?? []) {
          const left = missing.get(user);
          left?.delete(name);
          if (left?.size !== 0) continue;
          missing.delete(user);
          ready.push(user);
        }
        waiting.delete(name);
      }
    }
  }
  for (const [node, absent] of missing) {
    throw wrong(
      nodeLabel(node, graph),
      `its input "${[...absent][0]}" is made nowhere, or from the node itself`,
    );
  }
  return ordered;
}

const wrong = (what: string, why: string): FrugalError =>
  new FrugalError({ code: "bad-model", what, why, remedy: "export the model again" });
