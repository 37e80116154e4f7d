/** A graph as an ONNX model, for the runtime and for files. */

import { VERSION } from "../core/version.ts";
import type { OnnxModel, OnnxValueInfo } from "../formats/onnx/model.ts";
import type { Graph } from "./graph.ts";

/** IR version of ONNX 1.18, which has opset 23 (onnx/onnx, docs/Versioning.md). */
const IR_VERSION = 11;

export function emit(graph: Graph): OnnxModel {
  const info = (name: string): OnnxValueInfo => {
    const type = graph.types.get(name);
    return { name, type: type === undefined ? { kind: "unknown" } : { kind: "tensor", ...type } };
  };
  return {
    irVersion: IR_VERSION,
    producerName: "frugal",
    producerVersion: VERSION,
    opsets: graph.opsets,
    graph: {
      name: graph.name,
      nodes: graph.nodes,
      initializers: graph.initializers,
      inputs: graph.inputs.map(info),
      outputs: graph.outputs.map(info),
      valueInfo: [],
    },
    functions: [],
    metadata: new Map(),
  };
}
