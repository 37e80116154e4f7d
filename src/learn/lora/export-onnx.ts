/** A tuned encoder as a folder for transformers.js: onnx/model.onnx for every number of rows and length, and what its base has beside. */
import type { Files } from "../../core/ports.ts";
import { readOnnxModel } from "../../formats/onnx/read-model.ts";
import { writeOnnxModel } from "../../formats/onnx/write-model.ts";
import { emit } from "../../graph/emit.ts";
import type { Graph } from "../../graph/graph.ts";
import { importModel } from "../../graph/import.ts";
import { generalizeSizes, type Sizes } from "../../graph/passes/generalize-sizes.ts";
import type { JsonObject } from "../../models/read-model-json.ts";
import { copyCompanions, requireApart } from "./export-merged.ts";

export interface OnnxExport {
  /** The folder of the base. */
  readonly base: string;
  readonly out: string;
  /** The model with the adapter inside (`mergeIntoGraph`); its output should be called "logits" or "last_hidden_state". */
  readonly graphAt: (sizes: Sizes) => Graph;
  /** Most tokens of a row. */
  readonly longest: number;
  /** What config.json says otherwise than that of the base. */
  readonly config?: JsonObject;
}

/** As optimum names them. */
const SYMBOLS = { rows: "batch_size", length: "sequence_length" };

/** @throws as `generalizeSizes`; "disk-full", "file-unwritable". */
export async function exportOnnx(
  files: Files,
  { base, out, graphAt, longest, config = {} }: OnnxExport,
): Promise<void> {
  requireApart(base, out);
  const graph = generalizeSizes(graphAt, { input: "input_ids", longest, symbols: SYMBOLS });
  // transformers.js opens a second file only where the model's configuration names it.
  const inOne = { threshold: Number.MAX_SAFE_INTEGER };
  await writeOnnxModel(files, `${out}/onnx/model.onnx`, emit(graph), inOne);
  // What a base in ONNX says of its own files, such as that weights lie beside them, is not so of this one.
  await copyCompanions(files, { base, out, config: { ...config, "transformers.js_config": undefined } });
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
