/** A decoder with its adapter, as graphs. */
import { dirname } from "node:path";
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import { findWeight, type WeightLookup } from "../../models/find-weight.ts";
import { type Batch, buildLlama, type Weights } from "../../models/llama/build-llama.ts";
import { LLAMA_FAMILY, type LlamaConfig, readLlamaConfig } from "../../models/llama/config.ts";
import { readLlamaGguf } from "../../models/llama/from-gguf.ts";
import { openWeights } from "../../models/open-weights.ts";
import { optionalJson } from "../../models/read-model-json.ts";
import { type Adapter, fitAdapter, wholeOf } from "./adapter.ts";

export interface AdaptedDecoder {
  readonly config: LlamaConfig;
  /** model_type of config.json. */
  readonly type: string;
  /** Where its tokenizer and settings lie. */
  readonly folder: string;
  /** The files of its weights. */
  readonly paths: readonly string[];
  /** float32, by name. */
  readonly weights: Weights;
  /** Under the names of the graphs. */
  readonly adapter: Adapter;
  /** From input_ids, position_ids and segment_ids to logits [rows · length, vocabulary], without the adapter's layers. */
  forwardOf(batch: Batch, weights?: WeightLookup): Graph;
}

/** @param base a model's folder, or a GGUF file. @throws what reading the base throws; "graph-unsupported"; "adapter-mismatch". */
export async function openAdaptedDecoder(
  files: RangedFiles & Pick<Files, "list" | "readText">,
  base: string,
  adapter: Adapter,
): Promise<AdaptedDecoder> {
  const { tensors, gguf, paths } = await openWeights(files, base);
  const json = gguf === undefined ? await configOf(files, base) : undefined;
  const whole = wholeOf(adapter);
  const fromFolder = (name: string) => {
    const found = tensors.get(name);
    return found && asFloat(found, "float32");
  };
  const opened =
    json !== undefined
      ? {
          type: String(json["model_type"]),
          config: readLlamaConfig(`${base}/config.json`, json),
          weights: (name: string) => findWeight(fromFolder, name, SPELLINGS),
        }
      : {
          type: String(gguf!.get("general.architecture")?.value),
          ...readLlamaGguf(paths[0]!, { tensors, metadata: gguf! }),
        };
  const { config } = opened;
  const weights: Weights = (name) => whole.get(name) ?? opened.weights(name);
  const forwardOf: AdaptedDecoder["forwardOf"] = (batch, other) => {
    const lookup: Weights = other ? (name) => findWeight(other, name, SPELLINGS) : weights;
    const build = new Builder("forward");
    const hidden = buildLlama(build, config, lookup, batch);
    const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
    if (build.typeOf(table) === undefined) build.weight(table, lookup(table));
    return build.build([build.op("Gemm", [hidden, table], { transB: 1 })]);
  };
  return {
    ...opened,
    paths,
    weights,
    folder: paths[0] === base ? dirname(base) : base,
    adapter: fitAdapter(adapter, forwardOf({ rows: 1, length: 2 })),
    forwardOf,
  };
}

/** Files of the bare decoder have no "model." before its names. */
const SPELLINGS = [[/^model\./, ""]] as const;

async function configOf(files: Pick<Files, "readText">, base: string) {
  const json = await optionalJson(files, `${base}/config.json`);
  if (json !== undefined && LLAMA_FAMILY.some((type) => type === json["model_type"])) return json;
  throw new FrugalError({
    code: json === undefined ? "model-incomplete" : "graph-unsupported",
    what: `${base} cannot be run with an adapter`,
    why: json === undefined ? "config.json is missing" : `its model_type is ${json["model_type"]}`,
    remedy: `use a model of ${LLAMA_FAMILY.join(", ")}, or a GGUF file of one`,
  });
}
