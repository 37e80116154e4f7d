/** Runs a graph on ONNX Runtime, from memory. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import { type TensorRef, tensorBytes } from "../../src/formats/tensor-ref.ts";
import { emit } from "../../src/graph/emit.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { nodeFiles } from "../../src/host/node-files.ts";

export interface Filled {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export const floats = (shape: readonly number[], values: readonly number[]): Filled => ({
  dtype: "float32",
  shape,
  values,
});

export interface RunningGraph {
  run(inputs: Readonly<Record<string, Filled>>): Promise<Record<string, Filled>>;
}

/** With all weights in memory, as `startGraph` needs them. */
export async function inMemory(graph: Graph): Promise<Graph> {
  const read = async ([name, tensor]: [string, TensorRef]) =>
    [name, { ...tensor, data: await tensorBytes(nodeFiles, tensor) }] as const;
  return { ...graph, initializers: new Map(await Promise.all([...graph.initializers].map(read))) };
}

/** @param quiet says nothing on stderr where the runtime refuses. */
export async function startGraph(graph: Graph, { quiet = false } = {}): Promise<RunningGraph> {
  const session = await InferenceSession.create(encodeOnnxModel(emit(graph), { inlineAll: true }), {
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    logSeverityLevel: quiet ? 4 : 3,
    // As openGraph: nothing is rounded that the graph does not say.
    extra: { session: { qdq_matmulnbits_accuracy_level: "1" } },
  });
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, filled]) => [name, ortTensor(filled)]),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => [
          name,
          { dtype: type, shape: dims, values: Array.from(data as ArrayLike<number | bigint>, Number) },
        ]),
      );
    },
  };
}

export function ortTensor({ dtype, shape, values }: Filled): Tensor {
  switch (dtype) {
    case "int64":
      return new Tensor("int64", BigInt64Array.from(values, BigInt), shape);
    case "int32":
      return new Tensor("int32", Int32Array.from(values), shape);
    case "uint8":
      return new Tensor("uint8", Uint8Array.from(values), shape);
    case "bool":
      return new Tensor("bool", Uint8Array.from(values), shape);
    case "float64":
      return new Tensor("float64", Float64Array.from(values), shape);
    default:
      return new Tensor("float32", Float32Array.from(values), shape);
  }
}
