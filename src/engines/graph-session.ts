/** A graph of ours on ONNX Runtime, in this process. */
import { join } from "node:path";
import type { InferenceSession, OnnxValue } from "onnxruntime-node";
import type { Files } from "../core/ports.ts";
import { writeOnnxModel } from "../formats/onnx/write-model.ts";
import type { Dtype } from "../formats/tensor-ref.ts";
import { emit } from "../graph/emit.ts";
import type { Graph } from "../graph/graph.ts";
import { requireEngine } from "./require-engine.ts";

export type Feeds = Readonly<Record<string, OnnxValue>>;

export interface GraphSession {
  run(feeds: Feeds): Promise<Readonly<Record<string, OnnxValue>>>;
  close(): Promise<void>;
}

export interface GraphSessionOptions {
  /** Where the model's file is written; weights that lie in this folder stay where they are. */
  readonly folder: string;
  readonly threads?: number;
  /** What `Machine.oneHeap` says: the runtime then keeps no memory of its own for each session. */
  readonly oneHeap?: boolean;
}

/**
 * The runtime merges equal nodes, and with them what was duplicated so as not to be kept in memory. Where weights are stored in types
 * that nothing computes with, it would also convert them once and keep what came out.
 */
function switchedOff({ initializers }: Graph): string {
  const isStored = [...initializers.values()].some(({ dtype }) => STORED.has(dtype));
  return ["CommonSubexpressionElimination", ...(isStored ? ["ConstantFolding"] : [])].join(";");
}
const STORED: ReadonlySet<Dtype> = new Set(["bfloat16", "float16", "int8", "uint8", "int4", "uint4"]);

/** The runtime's shape inference reads no files: what decides shapes, such as the sizes of a Split, must lie in the model itself. */
const INLINE_BELOW = 65_536;

export async function openGraph(
  files: Files,
  graph: Graph,
  { folder, threads, oneHeap = false }: GraphSessionOptions,
): Promise<GraphSession> {
  const ort = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  const path = join(folder, `${graph.name}.onnx`);
  await writeOnnxModel(files, path, emit(graph), { keep: true, threshold: INLINE_BELOW });
  const session: InferenceSession = await ort.InferenceSession.create(path, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    // Rearranged copies of the weights would double them, and made no step faster where we measured (docs/graph.md).
    extra: {
      optimization: { disable_specified_optimizers: switchedOff(graph) },
      // A product with a DequantizeLinear becomes MatMulNBits, which by default rounds the other factor to eight bits too
      // (onnxruntime_session_options_config_keys.h): 1 is float32.
      session: { disable_prepacking: "1", qdq_matmulnbits_accuracy_level: "1" },
    },
    // The pattern reserves what the largest run ever took.
    enableMemPattern: false,
    enableCpuMemArena: !oneHeap,
  });
  return {
    run: async (feeds) => await session.run(feeds),
    close: async () => await session.release(),
  };
}
