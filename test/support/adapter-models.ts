/** The tiny models that test/oracles/peft_folders.py adapts, as graphs. */
import { join } from "node:path";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { CHUNK } from "../../src/graph/passes/attach-causal-loss.ts";
import type { BaseKind } from "../../src/graph/passes/store-base.ts";
import type { MemoryMode, Trained, TrainStep } from "../../src/learn/lora/assemble-step.ts";
import { buildEncoderStep } from "../../src/learn/lora/build-encoder-step.ts";
import { buildLoraStep } from "../../src/learn/lora/build-step.ts";
import { crossEntropy } from "../../src/learn/losses/classification.ts";
import type { PlainFeeds } from "../../src/learn/train/graph-trainer.ts";
import { buildBert } from "../../src/models/bert/build-bert.ts";
import { readBertConfig } from "../../src/models/bert/config.ts";
import type { Encoded } from "../../src/models/encoder/encoder.ts";
import type { WeightLookup } from "../../src/models/find-weight.ts";
import { buildLlama } from "../../src/models/llama/build-llama.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { type GoldenModel, int64, openGolden } from "./golden-model.ts";
import { type Filled, floats } from "./run-graph.ts";

export const ADAPTERS = join(import.meta.dirname, "../fixtures/adapters");

export interface AdapterModel {
  readonly golden: GoldenModel;
  /** From the inputs to the logits, with the loss of no labels. */
  readonly forward: Graph;
  readonly logits: string;
  readonly step: (
    trained: Trained,
    memory?: MemoryMode,
    base?: BaseKind,
  ) => TrainStep & { readonly loss: string };
  readonly feeds: Readonly<Record<string, Filled>>;
  /** What the loss needs beside. */
  readonly lossFeeds: Readonly<Record<string, Filled>>;
  readonly kept: number;
}

/** @param lookup other weights than the model's own. */
export function adapterModel(base: string, lookup?: WeightLookup): AdapterModel {
  const golden = openGolden(base);
  const model = { ...golden, lookup: lookup ?? golden.lookup };
  return base.startsWith("bert") ? encoder(base, model) : decoder(model);
}

function decoder(golden: GoldenModel): AdapterModel {
  const config = readLlamaConfig("config.json", golden.config);
  const weights = (name: string) => golden.lookup(name)!;
  const { shape, values: ids } = golden.filled("input_ids");
  const [rows, length] = shape as [number, number];
  const build = new Builder("llama");
  const hidden = buildLlama(build, config, weights, { rows, length });
  const table = config.tied
    ? "model.embed_tokens.weight"
    : build.weight("lm_head.weight", weights("lm_head.weight"));
  const logits = build.op("Gemm", [hidden, table], { transB: 1 });
  const labels = golden.numbers("labels");
  const counted = ids.flatMap((_, place) => {
    const next = (place + 1) % length === 0 ? -100 : labels[place + 1]!;
    return next === -100 ? [] : [{ place, next }];
  });
  const chunk = (of: (one: { place: number; next: number }) => number): number[] =>
    Array.from({ length: CHUNK }, (_, at) => (at < counted.length ? of(counted[at]!) : 0));
  const sides = [1, CHUNK];
  return {
    golden,
    forward: build.build([logits]),
    logits,
    step: ({ targets, ...more }, memory = "keep", base = "f32") =>
      buildLoraStep(config, weights, { rows, length }, targets, memory, base, more),
    feeds: {
      input_ids: int64(shape, ids),
      position_ids: int64(
        shape,
        ids.map((_, at) => at % length),
      ),
      segment_ids: int64(
        shape,
        ids.map(() => 0),
      ),
    },
    lossFeeds: {
      loss_rows: int64(
        sides,
        chunk(({ place }) => place),
      ),
      loss_labels: int64(
        sides,
        chunk(({ next }) => next),
      ),
      loss_weights: floats(
        sides,
        chunk(() => 1),
      ),
    },
    kept: counted.length,
  };
}

function encoder(base: string, golden: GoldenModel): AdapterModel {
  const config = readBertConfig("config.json", golden.config);
  const [rows, length] = golden.filled("input_ids").shape as [number, number];
  const encode = (build: Builder): Encoded => buildBert(build, config, golden.lookup, { rows, length });
  const head = (encoded: Encoded): string =>
    base.endsWith("tokens") ? encoded.classifyTokens!() : encoded.classifyRows();
  const build = new Builder("bert");
  const logits = head(encode(build));
  const labels = golden.numbers("labels");
  return {
    golden,
    forward: build.build([logits]),
    logits,
    step: (trained, memory = "keep", base = "f32") =>
      buildEncoderStep({ encode, head, loss: crossEntropy }, trained, memory, base),
    feeds: Object.fromEntries(
      ["input_ids", "attention_mask", "token_type_ids"].map((name) => [name, golden.filled(name)]),
    ),
    lossFeeds: { labels: int64([labels.length], labels) },
    kept: labels.filter((label) => label !== -100).length,
  };
}

/** As the runtime takes them in the program itself. */
export const plainFeeds = (feeds: Readonly<Record<string, Filled>>): PlainFeeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, values }]) => [
      name,
      dtype === "int64"
        ? { dtype: "int64", shape, data: BigInt64Array.from(values, BigInt) }
        : { dtype: "float32", shape, data: Float32Array.from(values) },
    ]),
  );
