/**
 * Reverse-mode differentiation: adds to a graph the gradients of some of its values. Only what lies between those values and the
 * seeds is gone through, so frozen weights get no gradients, and nothing below the first trained layer is touched.
 */
import { FrugalError } from "../../core/error.ts";
import { Builder } from "../builder.ts";
import { type Graph, type Node, nodeLabel } from "../graph.ts";
import { GradientView } from "../node-view.ts";
import { rowOf } from "../op-table.ts";
import { isStatic } from "../shapes.ts";

export interface Differentiated {
  /** With the gradients behind the old outputs. */
  readonly graph: Graph;
  /** The names of the gradients by the names of the values. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * @param seeds values of the graph, and the name of each one's own gradient; without such a name it is all ones.
 * @param wrt the values whose gradients are wanted. One that no seed depends on has a gradient of zeros.
 * @param detached values that are taken for constants: no gradient goes through them.
 * @throws "graph-unsupported" for an operator between them without a gradient, naming node and graph.
 */
export function differentiate(
  graph: Graph,
  {
    seeds,
    wrt,
    detached = [],
  }: {
    seeds: ReadonlyMap<string, string | undefined>;
    wrt: readonly string[];
    detached?: readonly string[];
  },
): Differentiated {
  const build = new Builder(graph.name, graph);
  const active = reachedFrom(graph, wrt, new Set(detached));
  const partial = new Map<string, string[]>();
  const give = (value: string, gradient: string): void => {
    const there = partial.get(value);
    if (there === undefined) partial.set(value, [gradient]);
    else there.push(gradient);
  };
  const take = (value: string): string | undefined => {
    const parts = partial.get(value);
    if (parts === undefined || parts.length === 0) return undefined;
    const sum = build.within("d", () => parts.reduce((a, b) => build.op("Add", [a, b])));
    partial.set(value, [sum]);
    return sum;
  };
  for (const [value, gradient] of seeds) give(value, gradient ?? filled(build, value, 1));
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => active.has(name) && partial.has(name))) continue;
    const needed = node.inputs.map((name) => active.has(name));
    const upstream = node.outputs.map((name) => (name === "" ? undefined : take(name)));
    for (const [input, gradient] of gradientsOf(node, build, upstream, needed).entries()) {
      if (gradient !== undefined && needed[input]) give(node.inputs[input]!, gradient);
    }
  }
  const gradients = new Map(wrt.map((value) => [value, take(value) ?? filled(build, value, 0)]));
  return { graph: build.build([...graph.outputs, ...gradients.values()]), gradients };
}

function gradientsOf(
  node: Node,
  build: Builder,
  upstream: readonly (string | undefined)[],
  needed: readonly boolean[],
): readonly (string | undefined)[] {
  const rule = rowOf(node.domain, node.op)?.gradient;
  if (rule === "flat") return [];
  if (rule === undefined) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `cannot train through ${nodeLabel(node, build.name)}`,
      why: `the table of operators has no gradient of ${node.op}`,
      remedy: "train layers behind it only, or add the rule: docs/graph.md tells how",
    });
  }
  return build.within(`d/${node.name || node.outputs[0]!}`, () =>
    rule(new GradientView(node, build, upstream, needed)),
  );
}

/** Values that depend on one of `sources` but through `cut`, and these themselves. */
function reachedFrom(
  graph: Graph,
  sources: readonly string[],
  cut: ReadonlySet<string>,
): ReadonlySet<string> {
  const reached = new Set(sources);
  for (const { inputs, outputs } of graph.nodes) {
    if (!inputs.some((name) => reached.has(name))) continue;
    for (const name of outputs) if (name !== "" && !cut.has(name)) reached.add(name);
  }
  return reached;
}

function filled(build: Builder, value: string, number: number): string {
  const type = build.typeOf(value);
  if (type === undefined || !isStatic(type.shape)) {
    throw new FrugalError({
      code: "graph-unsupported",
      what: `the gradient of "${value}" in graph "${build.name}"`,
      why: "its shape is not known before the run",
      remedy: "give every symbolic size a number first",
    });
  }
  const { dtype, shape } = type;
  const one = build.scalar(number, dtype);
  return shape.length === 0 ? one : build.within("d", () => build.op("Expand", [one, build.ints(shape)]));
}
