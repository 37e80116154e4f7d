/** Scan: the same body for each slice of its inputs, one after the other, so that the memory of one slice is enough. */
import type { OnnxGraph } from "../../formats/onnx/model.ts";
import type { TensorType } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";

function bodyOf(node: NodeView): OnnxGraph {
  const { body } = node.node.attributes;
  return body?.type === "graph" ? body.value : node.fail("its body is missing");
}

/** In opset 8 it had other inputs and axes (onnx/onnx, docs/Changelog.md). */
const FIRST_OPSET = 9;

/** The body states the types of its outputs; what is not a state is stacked along a new first axis. */
function scanTypes(node: NodeView): readonly TensorType[] {
  if (node.opset < FIRST_OPSET) {
    node.unsupported(`of opset ${node.opset} it goes through batches; from ${FIRST_OPSET} on it does not`);
  }
  const body = bodyOf(node);
  const states = body.inputs.length - node.int("num_scan_inputs");
  for (const name of [
    "scan_input_axes",
    "scan_output_axes",
    "scan_input_directions",
    "scan_output_directions",
  ]) {
    if (node.ints(name, []).some((value) => value !== 0)) node.unsupported(`${name} other than 0`);
  }
  const count = node.shape(states)[0] ?? node.fail("its first sequence is a scalar");
  return body.outputs.map(({ name, type }, at) => {
    if (at < states) return node.type(at);
    if (type.kind !== "tensor" || type.shape === undefined)
      node.unsupported(`its body does not state the type of "${name}"`);
    return {
      dtype: type.dtype,
      shape: [count, ...type.shape.map((side, axis) => side ?? `${node.node.outputs[at]}#${axis}`)],
    };
  });
}

export const CONTROL: readonly OpRow[] = [
  {
    op: "Scan",
    attributes: {
      body: "graph",
      num_scan_inputs: "int",
      scan_input_axes: "ints",
      scan_output_axes: "ints",
      scan_input_directions: "ints",
      scan_output_directions: "ints",
    },
    infer: scanTypes,
    // Its body's nodes have theirs: summary/node-costs.ts counts them for each slice.
    flops: () => Number.NaN,
    samples: [],
  },
];
