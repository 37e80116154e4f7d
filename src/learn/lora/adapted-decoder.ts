/** A decoder with its adapter, as graphs. */
import type { Files } from "../../core/ports.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import { findWeight, type WeightLookup } from "../../models/find-weight.ts";
import { type Batch, buildLlama, type Weights } from "../../models/llama/build-llama.ts";
import { DECODER_SPELLINGS, type OpenDecoder, openDecoder } from "../../models/llama/open-decoder.ts";
import { type Adapter, fitAdapter, wholeOf } from "./adapter.ts";

export interface AdaptedDecoder extends OpenDecoder {
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
  const opened = await openDecoder(files, base);
  const whole = wholeOf(adapter);
  const { config } = opened;
  const weights: Weights = (name) => whole.get(name) ?? opened.weights(name);
  const forwardOf: AdaptedDecoder["forwardOf"] = (batch, other) => {
    const lookup: Weights = other ? (name) => findWeight(other, name, DECODER_SPELLINGS) : weights;
    const build = new Builder("forward");
    const hidden = buildLlama(build, config, lookup, batch);
    const table = config.tied ? "model.embed_tokens.weight" : "lm_head.weight";
    if (build.typeOf(table) === undefined) build.weight(table, lookup(table));
    return build.build([build.op("Gemm", [hidden, table], { transB: 1 })]);
  };
  return {
    ...opened,
    weights,
    adapter: fitAdapter(adapter, forwardOf({ rows: 1, length: 2 })),
    forwardOf,
  };
}
