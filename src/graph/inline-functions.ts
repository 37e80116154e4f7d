/** A model without functions of its own: the nodes that stand for them are replaced with what they stand for (onnx/onnx, docs/IR.md). */
import { FrugalError } from "../core/error.ts";
import type { OnnxFunction, OnnxModel, OnnxNode } from "../formats/onnx/model.ts";
import { openBody, type Resolve } from "./bodies.ts";

/** Functions may call functions: a small file could ask for more nodes than there is memory for. Large models have some ten thousand. */
const MOST_NODES = 1_000_000;

const keyOf = ({ domain, overload = "" }: Pick<OnnxNode, "domain" | "overload">, name: string): string =>
  JSON.stringify([domain === "ai.onnx" ? "" : domain, name, overload]);

/** @throws "graph-unsupported" for functions of another opset than the model's; "bad-model" for functions that call themselves. */
export function inlineFunctions(model: OnnxModel): OnnxModel {
  if (model.functions.length === 0) return model;
  const functions = new Map(model.functions.map((one) => [keyOf(one, one.name), one]));
  const nodes: OnnxNode[] = [];
  const open = (node: OnnxNode, within: readonly OnnxFunction[]): void => {
    const called = functions.get(keyOf(node, node.op));
    if (called === undefined) {
      nodes.push(node);
      if (nodes.length > MOST_NODES)
        throw refused(model, "bad-model", `its functions make more than ${MOST_NODES} nodes`);
      return;
    }
    if (within.includes(called))
      throw refused(model, "bad-model", `its function ${called.name} calls itself`);
    checkOpsets(model, called);
    const scope = node.name || node.outputs[0]!;
    const body = openBody(
      called,
      { given: node.inputs, wanted: node.outputs, scope },
      argumentsOf(node, called),
    );
    for (const inner of body.nodes) open(inner, [...within, called]);
  };
  for (const node of model.graph.nodes) open(node, []);
  return { ...model, graph: { ...model.graph, nodes }, functions: [] };
}

/** Attributes of the call, or the defaults; one that neither has is left out. */
const argumentsOf =
  (node: OnnxNode, called: OnnxFunction): Resolve =>
  (attribute) =>
    attribute.type === "reference"
      ? (node.attributes[attribute.value] ?? called.defaults[attribute.value])
      : attribute;

function checkOpsets(model: OnnxModel, called: OnnxFunction): void {
  for (const [domain, version] of called.opsets) {
    const outer = model.opsets.get(domain);
    if (outer !== undefined && outer !== version)
      throw refused(
        model,
        "graph-unsupported",
        `its function ${called.name} is of opset ${version} of "${domain}", and the model of ${outer}`,
      );
  }
}

const refused = (model: OnnxModel, code: "bad-model" | "graph-unsupported", why: string): FrugalError =>
  new FrugalError({
    code,
    what: `graph "${model.graph.name}"`,
    why,
    remedy: "export it again with functions inlined",
  });
