/** A trained adapter in the formats that others load, each read back and run before anybody relies on it. */
import type { Files } from "../../core/ports.ts";
import type { StorageFloat } from "../../formats/convert-dtype.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Sizes } from "../../graph/passes/generalize-sizes.ts";
import type { WeightLookup } from "../../models/find-weight.ts";
import { openWeights } from "../../models/open-weights.ts";
import type { JsonObject } from "../../models/read-model-json.ts";
import type { PlainFeeds } from "../train/graph-trainer.ts";
import { type Adapter, attachAdapter, fitAdapter } from "./adapter.ts";
import { BOUNDS, checkExport, type ExportCheck } from "./check-export.ts";
import { exportMerged } from "./export-merged.ts";
import { exportOnnx, type OnnxExport, readOnnxExport } from "./export-onnx.ts";
import { type GgufBase, readGgufAdapter, writeGgufAdapter } from "./gguf-adapter.ts";
import { readMlxFolder, writeMlxFolder } from "./mlx-folder.ts";
import { readPeftFolder, writePeftFolder } from "./peft-folder.ts";

export type ExportTarget =
  | { readonly format: "peft"; readonly out: string; readonly prefix?: string }
  /** @param layers blocks of the base. */
  | { readonly format: "mlx"; readonly out: string; readonly layers: number }
  /** One file. */
  | { readonly format: "gguf"; readonly out: string; readonly base: GgufBase }
  /** @param base the folder of the base; `config` is what config.json says otherwise. */
  | { readonly format: "merged"; readonly out: string; readonly base: string; readonly config?: JsonObject }
  /** @param sizes those of the probe. */
  | ({ readonly format: "onnx"; readonly sizes: Sizes } & OnnxExport);

export interface ExportJob {
  /** Under the names of the graph. */
  readonly adapter: Adapter;
  /** The base as a graph of one shape; with other weights than its own where they are given. */
  readonly forwardOf: (weights?: WeightLookup) => Graph;
  /** Inputs of that shape. */
  readonly probe: PlainFeeds;
  /** Where graphs are written for the while. */
  readonly scratch: string;
  readonly threads?: number;
}

/**
 * @returns how far the answers of what was written are from those of what was trained.
 * @throws "export-refused" for what the format cannot say, and for what computes something else; what writing and reading throw.
 */
export async function exportAdapter(
  files: Files,
  job: ExportJob,
  target: ExportTarget,
): Promise<ExportCheck> {
  const { adapter, forwardOf, probe, scratch, threads } = job;
  await write(files, adapter, target);
  const trained = attachAdapter(forwardOf(), adapter);
  const { exported, type } =
    target.format === "merged"
      ? await openMerged(files, target.out, forwardOf)
      : target.format === "onnx"
        ? { exported: await readOnnxExport(files, target.out, target.sizes), type: "float32" as const }
        : { exported: attached(forwardOf(), await readBack(files, target)), type: "float32" as const };
  const options = { folder: scratch, bound: BOUNDS[type], ...(threads !== undefined && { threads }) };
  return await checkExport(files, target.out, { trained, exported, probe }, options);
}

const attached = (graph: Graph, adapter: Adapter): Graph => attachAdapter(graph, fitAdapter(adapter, graph));

async function write(files: Files, adapter: Adapter, target: ExportTarget): Promise<void> {
  switch (target.format) {
    case "peft":
      return await writePeftFolder(files, target.out, adapter, target);
    case "mlx":
      return await writeMlxFolder(files, target.out, adapter, target.layers);
    case "gguf":
      return await writeGgufAdapter(files, target.out, adapter, target.base);
    case "merged":
      await exportMerged(files, { adapter, ...target });
      return;
    case "onnx":
      return await exportOnnx(files, target);
    default:
      return target satisfies never;
  }
}

async function readBack(
  files: Files,
  target: Exclude<ExportTarget, { readonly format: "merged" | "onnx" }>,
): Promise<Adapter> {
  switch (target.format) {
    case "peft":
      return (await readPeftFolder(files, target.out)).adapter;
    case "mlx":
      return await readMlxFolder(files, target.out);
    case "gguf":
      return await readGgufAdapter(files, target.out, target.base);
    default:
      return target satisfies never;
  }
}

async function openMerged(
  files: Files,
  folder: string,
  forwardOf: ExportJob["forwardOf"],
): Promise<{ readonly exported: Graph; readonly type: StorageFloat }> {
  const { tensors } = await openWeights(files, folder);
  const types = new Set(
    [...tensors.values()].map((tensor) => ("dtype" in tensor ? tensor.dtype : undefined)),
  );
  const type = (["bfloat16", "float16"] as const).find((one) => types.has(one)) ?? "float32";
  const exported = forwardOf((name) => {
    const found = tensors.get(name);
    return found && asFloat(found, "float32");
  });
  return { exported, type };
}
