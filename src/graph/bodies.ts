/** Bodies that stand in place of the node that has them: of local functions, of branches, of turns of a loop. */
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "../formats/onnx/model.ts";
import type { TensorRef } from "../formats/tensor-ref.ts";

export interface Body {
  readonly nodes: readonly OnnxNode[];
  readonly initializers?: ReadonlyMap<string, TensorRef>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface Opened {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, TensorRef>;
}

/** What an attribute of a body's node is outside of it; undefined where it is left out. */
export type Resolve = (attribute: OnnxAttribute) => OnnxAttribute | undefined;

/**
 * @param given values for the body's inputs, and @param wanted names for its outputs; "" is left out.
 * @param scope stands before the names of everything that is made inside.
 */
export function openBody(
  body: Body,
  { given, wanted, scope }: { given: readonly string[]; wanted: readonly string[]; scope: string },
  resolve: Resolve = (attribute) => attribute,
): Opened {
  const names = new Map(body.inputs.map((name, at) => [name, given[at] ?? ""]));
  const made = new Set([
    ...body.nodes.flatMap(({ outputs }) => outputs),
    ...(body.initializers?.keys() ?? []),
  ]);
  for (const name of made) if (name !== "") names.set(name, `${scope}/${name}`);
  const results = new Map<string, string>();
  for (const [at, name] of body.outputs.entries()) {
    const outer = wanted[at] ?? "";
    // A weight, an outer value, or a result that has a name already is handed on by a node of its own, below.
    const isMade = body.nodes.some(({ outputs }) => outputs.includes(name));
    if (outer !== "" && isMade && !results.has(name)) results.set(name, outer);
  }
  for (const [name, outer] of results) names.set(name, outer);
  const of = (name: string): string => names.get(name) ?? name;
  const handedOn = body.outputs.flatMap((name, at): OnnxNode[] => {
    const outer = wanted[at] ?? "";
    if (outer === "" || results.get(name) === outer) return [];
    return [
      { op: "Identity", domain: "", name: outer, inputs: [of(name)], outputs: [outer], attributes: {} },
    ];
  });
  return {
    nodes: [...body.nodes.map((node) => renamed(node, { of, scope, resolve })), ...handedOn],
    initializers: new Map([...(body.initializers ?? [])].map(([name, tensor]) => [of(name), tensor])),
  };
}

export const bodyOf = ({ nodes, initializers, inputs, outputs }: OnnxGraph): Body => ({
  nodes,
  initializers,
  inputs: inputs.map(({ name }) => name),
  outputs: outputs.map(({ name }) => name),
});

interface Renaming {
  readonly of: (name: string) => string;
  readonly scope: string;
  readonly resolve: Resolve;
}

function renamed(node: OnnxNode, renaming: Renaming): OnnxNode {
  const { of, scope, resolve } = renaming;
  const attributes = Object.entries(node.attributes).flatMap(([name, attribute]) => {
    const found = resolve(attribute);
    if (found === undefined) return [];
    return [
      [name, found.type === "graph" ? { ...found, value: inside(found.value, renaming) } : found] as const,
    ];
  });
  return {
    ...node,
    name: `${scope}/${node.name || node.op}`,
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
    attributes: Object.fromEntries(attributes),
  };
}

/** A body within the body uses values around it by name, and keeps the names of its own. */
function inside(graph: OnnxGraph, renaming: Renaming): OnnxGraph {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const of = (name: string): string => (own.has(name) ? name : renaming.of(name));
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...renamed(node, { ...renaming, of }), name: node.name })),
    outputs: graph.outputs.map((info) => ({ ...info, name: of(info.name) })),
  };
}
