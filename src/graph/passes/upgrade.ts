/**
 * Raises a graph of an older opset to that which the builder writes, so that lowering and gradients may add nodes to it. What changed
 * in which opset: onnx/onnx, docs/Changelog.md; changes that only widened types or made an attribute optional need nothing.
 */
import { FrugalError } from "../../core/error.ts";
import type { Dtype } from "../../formats/tensor-ref.ts";
import { Builder, OPSETS } from "../builder.ts";
import { type Graph, type Node, nodeLabel } from "../graph.ts";
import { type Knowledge, NodeView } from "../node-view.ts";
import { verify } from "../verify.ts";
import { prune } from "./prune.ts";

const NEWEST = OPSETS.get("")!;
/** Before it, operators broadcast on request only; ONNX Runtime starts with it too. */
const OLDEST = 7;

/** A node in its newest form; what it needs besides is added to the graph first. */
type Raise = (view: NodeView, build: Builder, used: ReadonlySet<string>) => Node;

/**
 * Names of values stay as they are.
 * @throws "graph-unsupported" for a node without a row in the op table, or whose newest form cannot be told, naming node and graph.
 */
export function upgrade(graph: Graph): Graph {
  const opset = graph.opsets.get("") ?? graph.opsets.get("ai.onnx") ?? NEWEST;
  if (opset === NEWEST) return graph;
  if (opset > NEWEST || opset < OLDEST) throw outOfReach(graph, opset);
  const opsets = new Map([...graph.opsets, ["", NEWEST] as const]);
  opsets.delete("ai.onnx");
  const build = new Builder(graph.name, { ...graph, opsets, nodes: [] });
  const known: Knowledge = {
    name: graph.name,
    opsets: new Map([...graph.opsets, ["", opset] as const]),
    typeOf: (value) => build.typeOf(value),
    valuesOf: (value) => build.valuesOf(value),
  };
  const used = new Set([...graph.outputs, ...graph.nodes.flatMap(({ inputs }) => inputs)]);
  for (const node of graph.nodes) {
    const view = new NodeView(node, known);
    if (Object.values(node.attributes).some(({ type }) => type === "graph" || type === "graphs"))
      view.unsupported(`what is inside of it stays in opset ${opset}`);
    const isOnnx = node.domain === "" || node.domain === "ai.onnx";
    const raise = (isOnnx ? RAISED.get(node.op) : undefined) ?? (({ node }) => node);
    const raised = build.within(`upgrade/${node.name || node.outputs[0]!}`, () => raise(view, build, used));
    build.add(isOnnx ? { ...raised, domain: "" } : raised);
  }
  return verify(prune(build.build(graph.outputs)), "upgrade");
}

function outOfReach(graph: Graph, opset: number): FrugalError {
  const [node] = graph.nodes;
  return new FrugalError({
    code: "graph-unsupported",
    what: node === undefined ? `graph "${graph.name}"` : nodeLabel(node, graph.name),
    why: `its operators are of opset ${opset}; those from ${OLDEST} to ${NEWEST} are known`,
    remedy: `export the model with opset ${NEWEST}`,
  });
}

/** Attributes that became inputs, each with its place; they are in a node of an older form only. */
const moved =
  (places: Readonly<Record<string, number>>): Raise =>
  (view, build) => {
    const inputs = [...view.node.inputs];
    const attributes = { ...view.node.attributes };
    for (const [name, place] of Object.entries(places)) {
      const attribute = attributes[name];
      if (attribute === undefined) continue;
      delete attributes[name];
      while (inputs.length < place) inputs.push("");
      inputs[place] =
        attribute.type === "float"
          ? build.scalar(view.float(name), scalarDtype(view))
          : build.ints(attribute.type === "int" ? [view.int(name)] : view.ints(name));
    }
    return { ...view.node, inputs, attributes };
  };

function scalarDtype(view: NodeView): Dtype {
  const { dtype } = view.type(0);
  return dtype === "float32" || dtype === "float64" || dtype === "float16"
    ? dtype
    : view.unsupported(`its attributes become inputs of ${dtype}, which are not written here`);
}

const without = (node: Node, ...names: string[]): Node => ({
  ...node,
  attributes: Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name))),
});

/** Before opset 13 everything from `axis` on was one axis. */
const softmax: Raise = (view, build) => {
  const { node } = view;
  if (view.opset >= 13) return node;
  const axis = view.axis("axis", 1);
  const last = { ...node, attributes: { axis: { type: "int", value: -1 } as const } };
  if (axis === view.rank(0) - 1) return last;
  const flat = build.op("Flatten", [node.inputs[0]!], { axis });
  const soft = build.op(node.op, [flat], { axis: -1 });
  // In Reshape 0 is the side at the same place, and one side may be -1: whatever is left.
  const sides = view
    .shape(0)
    .map((side, at) => (typeof side === "number" ? side : at === 0 && axis === 1 ? 0 : -1));
  if (sides.filter((side) => side === -1).length > 1)
    view.unsupported("its shape is not known before the run");
  return { ...node, op: "Reshape", inputs: [soft, build.ints(sides)], attributes: {} };
};

/** Equal parts must say how many they are, since opset 18. */
const split: Raise = (view, build, used) => {
  const node = moved({ split: 1 })(view, build, used);
  if ((node.inputs[1] ?? "") !== "" || node.attributes["num_outputs"] !== undefined) return node;
  const count = { type: "int", value: node.outputs.length } as const;
  return { ...node, attributes: { ...node.attributes, num_outputs: count } };
};

/** At inference the ratio counts for nothing; what the mask holds then was left open before opset 12. */
const dropout: Raise = (view, _, used) => {
  const { node } = view;
  if (view.opset >= 12) return node;
  if (used.has(node.outputs[1] ?? ""))
    view.unsupported("its mask had no meaning at inference before opset 12");
  return { ...without(node, "ratio"), outputs: node.outputs.slice(0, 1) };
};

/** Scale and bias were one for each group before opset 21, and are one for each channel. */
const groupNormalization: Raise = (view, build) => {
  const { node } = view;
  if (view.opset >= 21) return node;
  const groups = view.int("num_groups");
  const side = view.shape(0)[1];
  const channels =
    typeof side === "number" ? side : view.unsupported("its number of channels is not known before the run");
  const spread = (vector: string): string => {
    const column = build.op("Reshape", [vector, build.ints([groups, 1])]);
    const wide = build.op("Expand", [column, build.ints([groups, channels / groups])]);
    return build.op("Reshape", [wide, build.ints([channels])]);
  };
  return { ...node, inputs: [node.inputs[0]!, spread(node.inputs[1]!), spread(node.inputs[2]!)] };
};

/** Before opset 11 places lay where a scale alone puts them, and were rounded down. */
const resize: Raise = ({ node, opset }) => {
  if (opset >= 11) return node;
  const [x, scales] = node.inputs as [string, string];
  const words = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  const told = Object.entries(words).map(([name, value]) => [name, { type: "string", value } as const]);
  return {
    ...node,
    inputs: [x, "", scales],
    attributes: { ...Object.fromEntries(told), ...node.attributes },
  };
};

const axesInput = moved({ axes: 1 });

const RAISED: ReadonlyMap<string, Raise> = new Map(
  Object.entries<Raise>({
    // spatial = 0 and the outputs of training are refused by the row itself.
    BatchNormalization: ({ node }) => without(node, "spatial", "is_test"),
    Clip: moved({ min: 1, max: 2 }),
    Dropout: dropout,
    GroupNormalization: groupNormalization,
    LogSoftmax: softmax,
    Pad: moved({ pads: 1, value: 2 }),
    ReduceL1: axesInput,
    ReduceL2: axesInput,
    ReduceLogSum: axesInput,
    ReduceLogSumExp: axesInput,
    ReduceMax: axesInput,
    ReduceMean: axesInput,
    ReduceMin: axesInput,
    ReduceProd: axesInput,
    ReduceSum: axesInput,
    ReduceSumSquare: axesInput,
    Resize: resize,
    Slice: moved({ starts: 1, ends: 2, axes: 3 }),
    Softmax: softmax,
    Split: split,
    Squeeze: axesInput,
    TopK: moved({ k: 1 }),
    Unsqueeze: axesInput,
  }),
);
