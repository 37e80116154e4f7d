/** If and Loop whose course is known before the run, as exporters leave them where a model asked for shapes: the nodes that would run. */
import type { OnnxNode } from "../formats/onnx/model.ts";
import { bodyOf, type Opened, openBody } from "./bodies.ts";
import type { Facts } from "./facts.ts";
import { scalar, tensorOf } from "./values.ts";

/** More turns than this are no shape arithmetic. */
const MOST_TURNS = 64;

/** undefined for all other nodes, and where the course shows only in the run. */
export function foldControl(node: OnnxNode, facts: Facts): Opened | undefined {
  if (node.domain !== "" && node.domain !== "ai.onnx") return undefined;
  if (node.op === "If") return branch(node, facts);
  return node.op === "Loop" ? turns(node, facts) : undefined;
}

export const whyNotFolded = (op: string): string | undefined =>
  op === "If"
    ? "which of its branches runs is not known before the run"
    : op === "Loop"
      ? `how often it runs is not known before the run, is more than ${MOST_TURNS} times, or it stacks what it makes`
      : undefined;

function branch(node: OnnxNode, facts: Facts): Opened | undefined {
  const condition = facts.valuesOf(node.inputs[0] ?? "")?.values[0];
  const body =
    condition === undefined ? undefined : node.attributes[condition === 0 ? "else_branch" : "then_branch"];
  if (body?.type !== "graph") return undefined;
  return openBody(bodyOf(body.value), { given: [], wanted: node.outputs, scope: scopeOf(node) });
}

function turns(node: OnnxNode, facts: Facts): Opened | undefined {
  const [most = "", condition = "", ...states] = node.inputs;
  const count = facts.valuesOf(most)?.values[0];
  const goesOn = condition === "" || facts.valuesOf(condition)?.values[0] === 1;
  const { body } = node.attributes;
  if (count === undefined || count > MOST_TURNS || !goesOn || body?.type !== "graph") return undefined;
  const inner = bodyOf(body.value);
  if (inner.outputs.length !== states.length + 1 || !keepsOn(inner.nodes, inner.inputs[1], inner.outputs[0]!))
    return undefined;
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, ReturnType<typeof tensorOf>>();
  const constant = (name: string, tensor: ReturnType<typeof tensorOf>): string => {
    initializers.set(name, tensor);
    return name;
  };
  let values = states;
  for (let turn = 0; turn < count; turn++) {
    const scope = `${scopeOf(node)}/${turn}`;
    const next = states.map((_, at) => `${scope}/state_${at}`);
    const opened = openBody(inner, {
      given: [
        constant(`${scope}/turn`, tensorOf(scalar(turn, "int64"))),
        constant(`${scope}/condition`, tensorOf(scalar(1, "bool"))),
        ...values,
      ],
      wanted: ["", ...next],
      scope,
    });
    nodes.push(...opened.nodes);
    for (const [name, tensor] of opened.initializers) initializers.set(name, tensor);
    values = next;
  }
  for (const [at, output] of node.outputs.entries()) {
    if (output === "") continue;
    nodes.push({
      op: "Identity",
      domain: "",
      name: output,
      inputs: [values[at]!],
      outputs: [output],
      attributes: {},
    });
  }
  return { nodes, initializers };
}

/** Whether a turn hands its condition on as it came. */
function keepsOn(nodes: readonly OnnxNode[], given: string | undefined, result: string): boolean {
  if (result === given) return true;
  const maker = nodes.find(({ outputs }) => outputs.includes(result));
  return maker?.op === "Identity" && keepsOn(nodes, given, maker.inputs[0]!);
}

const scopeOf = (node: OnnxNode): string => node.name || node.outputs[0]!;
