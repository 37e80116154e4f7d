/**
 * Trades work for memory (Chen et al. 2016, arxiv.org/abs/1604.06174): what a segment's backward pass needs from its forward pass is
 * computed again when the gradient arrives, from what came into the segment, instead of being kept.
 */
import { Builder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { prune } from "./prune.ts";

interface Parts {
  /** The segment of a node, undefined for one that is never computed again; the gradient nodes of a segment belong to it. */
  readonly segmentOf: (node: Node) => string | undefined;
  readonly isBackward: (node: Node) => boolean;
  /** Forward nodes that are computed again; the results of others are kept. */
  readonly isAgain: (node: Node) => boolean;
}

export function recompute(graph: Graph, parts: Parts): Graph {
  const { segmentOf, isBackward, isAgain } = parts;
  const forward = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (isBackward(node)) continue;
    for (const name of node.outputs) forward.set(name, node);
  }
  const arriving = gradientsInto(graph, parts);
  const build = new Builder(graph.name, { ...graph, nodes: [] });
  const again = new Map<string, Map<string, string>>();
  for (const node of graph.nodes) {
    const segment = isBackward(node) ? segmentOf(node) : undefined;
    if (segment === undefined) {
      build.add(node);
      continue;
    }
    let names = again.get(segment);
    if (names === undefined) {
      names = new Map();
      again.set(segment, names);
    }
    const copied = names;
    const copy = (name: string): string => {
      const maker = forward.get(name);
      if (maker === undefined || segmentOf(maker) !== segment || !isAgain(maker)) {
        return tied(name, maker !== undefined);
      }
      const there = copied.get(name);
      if (there !== undefined) return there;
      const inputs = maker.inputs.map((input) => (input === "" ? "" : copy(input)));
      const outputs = maker.outputs.map((output) => output && `${output}/again`);
      for (const [at, output] of maker.outputs.entries()) copied.set(output, outputs[at]!);
      build.add({ ...maker, name: `${maker.name}/again`, inputs, outputs });
      return copied.get(name)!;
    };
    /**
     * Without a dependence on the gradient the runtime would be free to compute the copies at once, and keep them: what comes into
     * the segment gets zero times one element of the gradient added.
     */
    const tied = (name: string, computed: boolean): string => {
      const { dtype, shape } = build.typeOf(name)!;
      if (!computed || dtype !== "float32" || shape.length === 0) return name;
      const there = copied.get(name);
      if (there !== undefined) return there;
      const made = build.within(`${segment}/again`, () => build.op("Add", [name, zero()]));
      copied.set(name, made);
      return made;
    };
    const zero = (): string => {
      const there = copied.get("");
      if (there !== undefined) return there;
      const flat = build.op("Reshape", [arriving.get(segment)!, build.ints([-1])]);
      const first = build.op("Slice", [flat, build.ints([0]), build.ints([1])]);
      const made = build.op("Mul", [first, build.scalar(0)]);
      copied.set("", made);
      return made;
    };
    build.add({
      ...node,
      inputs: node.inputs.map((name) => (name !== "" && forward.has(name) ? copy(name) : name)),
    });
  }
  return prune(build.build(graph.outputs));
}

/** Of each segment, the first gradient that arrives from behind it: whatever its backward pass does comes later. */
function gradientsInto(graph: Graph, { segmentOf, isBackward }: Parts): ReadonlyMap<string, string> {
  const maker = new Map<string, Node>();
  const arriving = new Map<string, string>();
  for (const node of graph.nodes) {
    if (!isBackward(node)) continue;
    const segment = segmentOf(node);
    if (segment !== undefined && !arriving.has(segment)) {
      const first = node.inputs.find((name) => {
        const from = maker.get(name);
        return from !== undefined && segmentOf(from) !== segment;
      });
      if (first !== undefined) arriving.set(segment, first);
    }
    for (const name of node.outputs) maker.set(name, node);
  }
  return arriving;
}
