/** Batches as the training steps take them: however examples are put together, the loss and its gradient are the same. */
import { expect, test } from "vitest";
import { linearLayers } from "../src/graph/passes/add-lora.ts";
import type { BatchTensor } from "../src/learn/data/batch-tensor.ts";
import { decoderEpoch, fillDecoderBatch, planDecoderBatches } from "../src/learn/data/decoder-batches.ts";
import type { EncodedTexts } from "../src/learn/data/encode-texts.ts";
import {
  epochBatches,
  fillEncoderBatch,
  type PlanOptions,
  planEncoderBatches,
} from "../src/learn/data/encoder-batches.ts";
import { buildEncoderStep } from "../src/learn/lora/build-encoder-step.ts";
import { buildLoraStep } from "../src/learn/lora/build-step.ts";
import { crossEntropy } from "../src/learn/losses/classification.ts";
import { buildBert } from "../src/models/bert/build-bert.ts";
import { readBertConfig } from "../src/models/bert/config.ts";
import { readLlamaConfig } from "../src/models/llama/config.ts";
import { ALPHA, distance, openGolden, packed, RANK } from "./support/golden-model.ts";
import { type Filled, floats, startGraph } from "./support/run-graph.ts";

const WHEN = { seed: 7, epoch: 2 };
const lora = (graph: Parameters<typeof linearLayers>[0]) =>
  [...linearLayers(graph).keys()]
    .filter((weight) => !weight.includes("classifier"))
    .map((weight) => ({ weight, rank: RANK, scale: ALPHA / RANK }));
const filled = (feeds: Readonly<Record<string, BatchTensor>>): Record<string, Filled> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, values: Array.from(data as ArrayLike<number | bigint>, Number) },
    ]),
  );
const plus = (a: readonly number[], b: readonly number[]): number[] =>
  b.map((value, at) => value + (a[at] ?? 0));

test("decoders learn the same from packed rows, single ones, and batches of another size", async () => {
  const golden = openGolden("llama");
  const config = readLlamaConfig("config.json", golden.config);
  const sequences = [5, 9, 2, 7, 3, 11].map((length, example) => ({
    ids: Array.from({ length }, (_, at) => (7 * example + 3 * at) % 61),
    kept: Uint8Array.from({ length }, (_, at) => (at > 0 && (at + example) % 3 > 0 ? 1 : 0)),
    example,
  }));
  async function learn(options: { rows: number; length: number; packed?: boolean }) {
    const plan = planDecoderBatches(sequences, options);
    const step = buildLoraStep(config, (name) => golden.lookup(name)!, plan, lora, "keep");
    const parameters = floats([step.size], packed(step, golden, "start"));
    const running = await startGraph(step.graph);
    let total: { loss: number[]; gradient: number[]; kept: number } = { loss: [], gradient: [], kept: 0 };
    for (const batch of decoderEpoch(plan, WHEN)) {
      const { feeds, kept } = fillDecoderBatch(plan, batch, { padId: 60 });
      const made = await running.run({ ...filled(feeds), parameters });
      total = {
        loss: plus(total.loss, made[step.loss]!.values),
        gradient: plus(total.gradient, made[step.gradient]!.values),
        kept: total.kept + kept,
      };
    }
    return total;
  }
  const alone = await learn({ rows: 1, length: 11, packed: false });
  expect(alone.kept).toBe(sequences.reduce((sum, { kept }) => sum + kept.filter(Boolean).length, 0));
  for (const options of [
    { rows: 1, length: 20 },
    { rows: 2, length: 16 },
    { rows: 5, length: 12, packed: false },
  ]) {
    const other = await learn(options);
    expect(other.kept).toBe(alone.kept);
    expect(distance(other.loss, alone.loss)).toBeLessThan(1e-5);
    expect(distance(other.gradient, alone.gradient)).toBeLessThan(1e-4);
  }
});

test.each([
  ["bert", "class"],
  ["bert-tokens", "token"],
  ["roberta", "class"],
  ["distilbert", "class"],
] as const)("%s learns the same from batches of every size, filled up or not", async (name, layout) => {
  const golden = openGolden(name);
  const config = readBertConfig("config.json", golden.config);
  const items = [4, 11, 6, 6, 9, 3, 8].map((length, item) => ({
    texts: [
      {
        ids: Array.from({ length }, (_, at) => 2 + ((5 * item + 3 * at) % 50)),
        types: Array<number>(length).fill(0),
      },
    ],
    labels:
      layout === "class"
        ? [item % 3]
        : Array.from({ length }, (_, at) => (at % 2 === 0 ? (item + at) % 3 : -100)),
  }));
  const texts: EncodedTexts = { layout, items, names: ["a", "b", "c"], truncated: 0, lostLabels: 0 };
  async function learn(options: PlanOptions) {
    const plan = planEncoderBatches(texts, { ...options, multiple: 1 });
    let total: { loss: number; gradient: number[]; kept: number } = { loss: 0, gradient: [], kept: 0 };
    for (const batch of epochBatches(plan, WHEN)) {
      const step = buildEncoderStep(
        {
          encode: (build) => buildBert(build, config, golden.lookup, batch),
          head: (encoded) => (layout === "class" ? encoded.classifyRows() : encoded.classifyTokens!()),
          loss: crossEntropy,
        },
        { targets: lora },
        "keep",
      );
      const start = [...step.spans].flatMap(([trained, { shape }]) =>
        golden.has(`start/${trained}`)
          ? golden.numbers(`start/${trained}`)
          : Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0.1),
      );
      const feeds = filled(fillEncoderBatch(plan, batch, { padId: 1, types: config.types > 1 }));
      const running = await startGraph(step.graph);
      const made = await running.run({ ...feeds, parameters: floats([step.size], start) });
      total = {
        loss: total.loss + made[step.loss]!.values[0]!,
        gradient: plus(total.gradient, made[step.gradient]!.values),
        kept: total.kept + made[step.kept]!.values[0]!,
      };
    }
    return total;
  }
  const alone = await learn({ batchTokens: 1, most: 7 });
  expect(alone.kept).toBe(
    items.reduce((sum, { labels }) => sum + labels.filter((label) => label >= 0).length, 0),
  );
  for (const options of [
    { batchTokens: 44, most: 1 },
    { batchTokens: 24, most: 2 },
  ]) {
    const other = await learn(options);
    expect(other.kept).toBe(alone.kept);
    expect(other.loss).toBeCloseTo(alone.loss, 4);
    expect(distance(other.gradient, alone.gradient)).toBeLessThan(1e-4);
  }
});
