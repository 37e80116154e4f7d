/** Which linear layers are adapted, chosen as PEFT chooses them. */
import { FrugalError } from "../../core/error.ts";
import { frozenValues } from "../../graph/frozen.ts";
import { consumers, type Graph, type Node } from "../../graph/graph.ts";
import { linearLayers } from "../../graph/passes/add-lora.ts";

/** "all-linear" (PEFT): every linear layer but the output layer, whose answers the graph gives away. */
export const ALL_LINEAR = "all-linear";

/**
 * @param targets names of layers, or their endings behind a dot: ["query", "value"] (PEFT, `target_modules`), or "all-linear".
 * @returns the weights of the layers, in the graph's order.
 * @throws "graph-unsupported" when a name fits no layer, telling which there are.
 */
export function chooseLayers(
  graph: Graph,
  targets: readonly string[] | typeof ALL_LINEAR,
): readonly string[] {
  const layers = linearLayers(graph);
  if (targets === ALL_LINEAR) {
    const outer = outputLayers(graph, [...layers.values()].flat());
    return [...layers]
      .filter(([weight, nodes]) => !PATCHES.test(weight) && !nodes.some((node) => outer.has(node)))
      .map(([weight]) => weight);
  }
  const fits = (weight: string, target: string): boolean =>
    weight === target || `.${weight.replace(/\.weight$/, "")}`.endsWith(`.${target}`);
  for (const target of targets) {
    if ([...layers.keys()].some((weight) => fits(weight, target))) continue;
    throw new FrugalError({
      code: "graph-unsupported",
      what: `no linear layer of graph "${graph.name}" is called ${target}`,
      why: `its layers are called ${endings([...layers.keys()]).join(", ") || "nothing: there are none"}`,
      remedy: "frugal graph FILE.onnx lists those that can be adapted",
    });
  }
  return [...layers.keys()].filter((weight) => targets.some((target) => fits(weight, target)));
}

/** The projection of patches is a convolution in every checkpoint, and no linear layer to PEFT; the ViT of frugal computes it as one. */
const PATCHES = /\bpatch_embeddings?\b/;

/** Last parts of the names, each once. */
const endings = (weights: readonly string[]): readonly string[] => [
  ...new Set(
    weights.map(
      (weight) =>
        weight
          .replace(/\.weight$/, "")
          .split(".")
          .at(-1)!,
    ),
  ),
];

/** Layers of which an output of the graph is a function with no other layer in between: a classifier, but not a last block's sum. */
function outputLayers(graph: Graph, layers: readonly Node[]): ReadonlySet<Node> {
  const users = consumers(graph);
  const frozen = frozenValues(graph);
  const answers = new Set(graph.outputs);
  const isLayer = new Set(layers);
  const leadsOut = (layer: Node): boolean => {
    const own = new Set([layer.outputs[0]!]);
    const next = [...own];
    for (let value = next.pop(); value !== undefined; value = next.pop()) {
      if (answers.has(value)) return true;
      for (const user of users.get(value) ?? []) {
        const isAlone = user.inputs.every((name) => name === "" || own.has(name) || frozen.has(name));
        if (!isAlone || isLayer.has(user)) continue;
        const fresh = user.outputs.filter((name) => name !== "" && !own.has(name));
        for (const name of fresh) own.add(name);
        next.push(...fresh);
      }
    }
    return false;
  };
  return new Set(layers.filter(leadsOut));
}
