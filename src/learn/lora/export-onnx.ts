/** A tuned encoder as a folder for transformers.js: onnx/model.onnx for every number of rows and length, and what its base has beside. */
import type { Files } from "../../core/ports.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import { readOnnxModel } from "../../formats/onnx/read-model.ts";
import { writeOnnxModel } from "../../formats/onnx/write-model.ts";
import { emit } from "../../graph/emit.ts";
import type { Graph } from "../../graph/graph.ts";
import { importModel } from "../../graph/import.ts";
import { generalizeSizes, type Sizes } from "../../graph/passes/generalize-sizes.ts";
import type { WeightLookup } from "../../models/find-weight.ts";
import { openWeights } from "../../models/open-weights.ts";
import type { JsonObject } from "../../models/read-model-json.ts";
import type { Adapter } from "./adapter.ts";
import { copyCompanions, requireApart } from "./export-merged.ts";
import { mergeAdapter } from "./merge-adapter.ts";

export interface OnnxExport {
  /** The folder of the base. */
  readonly base: string;
  readonly out: string;
  /** The model from these weights; its output should be called "logits" or "last_hidden_state". */
  readonly graphAt: (sizes: Sizes, weights: WeightLookup) => Graph;
  /** Most tokens of a row. */
  readonly longest: number;
  /** What config.json says otherwise than that of the base. */
  readonly config?: JsonObject;
}

/** As optimum names them. */
const SYMBOLS = { rows: "batch_size", length: "sequence_length" };

/** @throws as `mergeAdapter` and `generalizeSizes`; "disk-full", "file-unwritable". */
export async function exportOnnx(
  files: Files,
  adapter: Adapter,
  { base, out, graphAt, longest, config = {} }: OnnxExport,
): Promise<void> {
  requireApart(base, out);
  const merged = mergeAdapter((await openWeights(files, base)).tensors, adapter);
  // One reference for all sizes, by which a weight is known to be the same.
  const weights = new Map([...merged].map(([name, tensor]) => [name, asFloat(tensor, "float32")]));
  const options = { input: "input_ids", longest, symbols: SYMBOLS };
  const graph = generalizeSizes((sizes) => graphAt(sizes, (name) => weights.get(name)), options);
  // transformers.js opens a second file only where the model's configuration names it.
  const inOne = { threshold: Number.MAX_SAFE_INTEGER };
  await writeOnnxModel(files, `${out}/onnx/model.onnx`, emit(graph), inOne);
  await copyCompanions(files, { base, out, config });
}

/** The file as a graph of one shape. @throws what reading it throws. */
export async function readOnnxExport(files: Files, out: string, { rows, length }: Sizes): Promise<Graph> {
  const model = await readOnnxModel(files, `${out}/onnx/model.onnx`);
  const sizes = new Map([
    [SYMBOLS.rows, rows],
    [SYMBOLS.length, length],
  ]);
  const { graph, problems } = importModel(model, sizes);
  const [problem] = problems;
  if (problem !== undefined) throw problem.error;
  return graph;
}
