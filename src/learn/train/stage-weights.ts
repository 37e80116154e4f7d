/**
 * Weights that several graphs of one model share, written once into the folder where the graphs lie: they are then referred to, and
 * the system keeps their pages once for all sessions.
 */
import type { Files } from "../../core/ports.ts";
import { type FileSpan, type TensorRef, tensorBytes } from "../../formats/tensor-ref.ts";
import type { Graph } from "../../graph/graph.ts";

/** Smaller ones lie in the graphs themselves. */
const STAGED_FROM = 65_536;
/** So that the file may be mapped. */
const PAGE = 4_096;

export interface StagedWeights {
  /** The same graph with its large weights in the folder. A weight of the same name and size is the same one. */
  stage(graph: Graph): Promise<Graph>;
}

type WeightFiles = Pick<Files, "readBytes" | "writeAtomicFrom">;

export function stageWeights(files: WeightFiles, folder: string): StagedWeights {
  const staged = new Map<string, FileSpan>();
  let written = 0;
  return {
    async stage(graph) {
      const path = `${folder}/weights-${written}.bin`;
      const fresh: TensorRef[] = [];
      let end = 0;
      const initializers = new Map(graph.initializers);
      for (const [name, tensor] of graph.initializers) {
        const { length } = tensor.data;
        if (tensor.dtype === "string" || length < STAGED_FROM) continue;
        const key = `${name} ${length}`;
        if (!staged.has(key)) {
          staged.set(key, { path, offset: end, length });
          fresh.push(tensor);
          end = paged(end + length);
        }
        initializers.set(name, { ...tensor, data: staged.get(key)! });
      }
      if (fresh.length > 0) {
        written++;
        await files.writeAtomicFrom(path, contentOf(files, fresh));
      }
      return { ...graph, initializers };
    },
  };
}

const paged = (size: number): number => Math.ceil(size / PAGE) * PAGE;

async function* contentOf(files: WeightFiles, tensors: readonly TensorRef[]): AsyncGenerator<Uint8Array> {
  for (const tensor of tensors) {
    const { data } = tensor;
    if ("pieces" in data) yield* data.pieces(files);
    else yield await tensorBytes(files, tensor);
    yield new Uint8Array(paged(data.length) - data.length);
  }
}
