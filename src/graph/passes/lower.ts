/** Replaces operators that are fusions of others by these, so that what follows (gradients above all) need not know them. */
import { Builder } from "../builder.ts";
import type { Graph, Node, TensorType } from "../graph.ts";
import { GradientView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { rowOf } from "../op-table.ts";
import { verify } from "../verify.ts";
import { prune } from "./prune.ts";

/** Of rows with a gradient of their own: training needs no other form of them. */
export const hasGradient = (row: OpRow): boolean => row.gradient !== undefined;

/**
 * Names of values stay as they are, those of outputs too.
 * @param keep rows that stay although they could be replaced; without it none does.
 * @throws "graph-unsupported" for a node whose form cannot be expressed, naming node and graph.
 */
export function lower(graph: Graph, { keep = () => false }: { keep?: (row: OpRow) => boolean } = {}): Graph {
  const build = new Builder(graph.name, graph);
  const renamed = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node) => {
    const row = rowOf(node.domain, node.op);
    if (row?.lower === undefined || keep(row)) return [node];
    const before = build.nodes.length;
    build.within(`lower/${node.name || node.outputs[0]!}`, () => {
      const view = new GradientView(node, build);
      const made = new Set<string>();
      const results = row.lower!(view);
      for (const added of build.nodes.slice(before)) for (const name of added.outputs) made.add(name);
      for (const [at, output] of node.outputs.entries()) {
        if (output === "") continue;
        const result =
          results[at] ||
          view.unsupported(`its output ${at + 1}, "${output}", has no form in plain operators`);
        // What is another value already, an input for example, keeps that name and is copied.
        const own = made.has(result) && !renamed.has(result) ? result : view.op("Identity", [result]);
        renamed.set(own, output);
      }
    });
    return build.nodes.slice(before);
  });
  const { initializers, types } = build.build([]);
  return verify(
    prune({
      ...graph,
      initializers,
      nodes: nodes.map((node) => withNames(node, renamed)),
      types: namedTypes(types, renamed),
    }),
    "lower",
  );
}

const withNames = (node: Node, names: ReadonlyMap<string, string>): Node => ({
  ...node,
  inputs: node.inputs.map((name) => names.get(name) ?? name),
  outputs: node.outputs.map((name) => names.get(name) ?? name),
});

const namedTypes = (
  types: ReadonlyMap<string, TensorType>,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, TensorType> => {
  const result = new Map(types);
  for (const [made, name] of names) {
    result.set(name, types.get(made)!);
    result.delete(made);
  }
  return result;
};
