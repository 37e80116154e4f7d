/** Tiny encoders against transformers and PEFT: logits, loss, the gradient of each A, B and head weight, and five AdamW steps (test/oracles/encoder_models.py). */
import { expect, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { type LoraTarget, linearLayers } from "../../src/graph/passes/add-lora.ts";
import type { MemoryMode } from "../../src/learn/lora/assemble-step.ts";
import { buildEncoderStep, type EncoderStep } from "../../src/learn/lora/build-encoder-step.ts";
import { crossEntropy } from "../../src/learn/losses/classification.ts";
import { multipleNegativesRanking, triplet } from "../../src/learn/losses/contrastive.ts";
import { buildBert } from "../../src/models/bert/build-bert.ts";
import { readBertConfig } from "../../src/models/bert/config.ts";
import type { Encoded } from "../../src/models/encoder/encoder.ts";
import type { Batch } from "../../src/models/encoder/layers.ts";
import { meanPool, normalize } from "../../src/models/encoder/pool.ts";
import type { WeightLookup } from "../../src/models/find-weight.ts";
import { buildModernBert, readModernBertConfig } from "../../src/models/modernbert/build-modernbert.ts";
import { buildVit, readVitConfig } from "../../src/models/vit/build-vit.ts";
import {
  ALPHA, distance, expectGoldenSteps, type GoldenModel, openGolden, packed, RANK,
} from "../support/golden-model.ts"; // biome-ignore format: one block
import { type Filled, floats, startGraph } from "../support/run-graph.ts";

type Encode = (build: Builder, json: unknown, lookup: WeightLookup, batch: Batch) => Encoded;
const bert: Encode = (build, json, lookup, batch) =>
  buildBert(build, readBertConfig("config.json", json), lookup, batch);
const modernbert: Encode = (build, json, lookup, batch) =>
  buildModernBert(build, readModernBertConfig("config.json", json), lookup, batch);
const vit: Encode = (build, json, lookup, { rows }) =>
  buildVit(build, readVitConfig("config.json", json), lookup, rows);
const rowHead = (encoded: Encoded): string => encoded.classifyRows();

const MODELS: Readonly<Record<string, { encode: Encode; head: (encoded: Encoded) => string }>> = {
  bert: { encode: bert, head: rowHead },
  "bert-tokens": { encode: bert, head: (encoded) => encoded.classifyTokens!() },
  roberta: { encode: bert, head: rowHead },
  distilbert: { encode: bert, head: rowHead },
  modernbert: { encode: modernbert, head: rowHead },
  vit: { encode: vit, head: rowHead },
};
const names = Object.keys(MODELS);
const texts = names.filter((name) => name !== "vit");

const INPUTS = ["input_ids", "attention_mask", "token_type_ids", "pixel_values", "labels"];

/** The golden batch as rows of each input; labels of tokens are a row's, others one number. */
interface Rows {
  readonly [input: string]: readonly Filled[];
}
function rowsOf(model: GoldenModel): Rows {
  const there = INPUTS.filter((input) => model.has(input));
  return Object.fromEntries(
    there.map((input) => {
      const { dtype, shape, values } = model.filled(input);
      const size = values.length / shape[0]!;
      const row = (at: number): Filled => ({
        dtype,
        shape: shape.slice(1),
        values: values.slice(at * size, (at + 1) * size),
      });
      return [input, Array.from({ length: shape[0]! }, (_, at) => row(at))];
    }),
  );
}

/** Labels of tokens lie in one vector. */
function feedsOf(rows: Rows): Record<string, Filled> {
  return Object.fromEntries(
    Object.entries(rows).map(([input, all]) => {
      const values = all.flatMap((row) => [...row.values]);
      const shape = input === "labels" ? [values.length] : [all.length, ...all[0]!.shape];
      return [input, { dtype: all[0]!.dtype, shape, values }];
    }),
  );
}

const some = (rows: Rows, from: number, to: number): Rows =>
  Object.fromEntries(Object.entries(rows).map(([input, all]) => [input, all.slice(from, to)]));

/** With more padding behind every row. */
const longer = (rows: Rows, more: number): Rows =>
  Object.fromEntries(
    Object.entries(rows).map(([input, all]) => [
      input,
      all.map((row) =>
        row.shape.length === 0
          ? row
          : {
              ...row,
              shape: [row.shape[0]! + more],
              values: [...row.values, ...Array(more).fill(input === "labels" ? -100 : 0)],
            },
      ),
    ]),
  );

const targetsOf = (graph: Graph, chosen: (weight: string) => boolean): readonly LoraTarget[] =>
  [...linearLayers(graph).keys()]
    .filter(chosen)
    .map((weight) => ({ weight, rank: RANK, scale: ALPHA / RANK }));

function stepOf(name: string, model: GoldenModel, rows: Rows, memory: MemoryMode = "keep"): EncoderStep {
  const { encode, head } = MODELS[name]!;
  const batch = { rows: rows["labels"]!.length, length: rows["input_ids"]?.[0]?.shape[0] ?? 0 };
  const adapted = new Set(
    model.trained.flatMap((one) => (one.includes(".lora_A.") ? [one.replace(".lora_A", "")] : [])),
  );
  return buildEncoderStep(
    { encode: (build) => encode(build, model.config, model.lookup, batch), head, loss: crossEntropy },
    {
      targets: (graph) => targetsOf(graph, (weight) => adapted.has(weight)),
      whole: model.trained.filter((one) => !one.includes(".lora_")),
    },
    memory,
  );
}

async function run(name: string, rows: Rows, memory: MemoryMode = "keep") {
  const model = openGolden(name);
  const step = stepOf(name, model, rows, memory);
  const parameters: Filled = {
    dtype: "float32",
    shape: [step.size],
    values: packed(step, model, "start"),
  };
  const made = await (await startGraph(step.graph)).run({ ...feedsOf(rows), parameters });
  return {
    loss: made[step.loss]!.values,
    kept: made[step.kept]!.values,
    gradient: made[step.gradient]!.values,
  };
}

test.each(names)("%s: logits are those of transformers", async (name) => {
  const model = openGolden(name);
  const rows = rowsOf(model);
  const build = new Builder("logits");
  const batch = { rows: rows["labels"]!.length, length: rows["input_ids"]?.[0]?.shape[0] ?? 0 };
  const { encode, head } = MODELS[name]!;
  const logits = head(encode(build, model.config, model.lookup, batch));
  const { labels: _, ...feeds } = feedsOf(rows);
  const results = await (await startGraph(build.build([logits]))).run(feeds);
  expect(distance(results[logits]!.values, model.numbers("base_logits"))).toBeLessThan(1e-5);
});

test.each(names.flatMap((name) => (["keep", "recompute"] as const).map((memory) => [name, memory] as const)))(
  "%s, %s: loss, gradients and five AdamW steps are those of PEFT",
  async (name, memory) => {
    const model = openGolden(name);
    const rows = rowsOf(model);
    const kept = model.numbers("labels").filter((label) => label !== -100).length;
    await expectGoldenSteps(model, stepOf(name, model, rows, memory), { feeds: feedsOf(rows), kept });
  },
);

test.each(texts)("%s: more padding changes neither loss nor gradient", async (name) => {
  const rows = rowsOf(openGolden(name));
  const [one, other] = [await run(name, rows), await run(name, longer(rows, 4))];
  expect(other.kept).toEqual(one.kept);
  expect(distance(other.loss, one.loss)).toBeLessThan(1e-6);
  expect(distance(other.gradient, one.gradient)).toBeLessThan(1e-5);
});

test.each(names)("%s: any split of a batch gives the loss and gradient of the whole", async (name) => {
  const rows = rowsOf(openGolden(name));
  const whole = await run(name, rows);
  for (const cut of [1, 2, 3]) {
    const parts = [await run(name, some(rows, 0, cut)), await run(name, some(rows, cut, 4))];
    for (const of of ["loss", "kept", "gradient"] as const) {
      const sum = whole[of].map((_, at) => parts.reduce((so, part) => so + part[of][at]!, 0));
      expect(distance(sum, whole[of]), `${of}, ${cut}`).toBeLessThan(1e-5);
    }
  }
});

test.each(names)("%s: computing layers again changes nothing", async (name) => {
  const rows = rowsOf(openGolden(name));
  const [kept, again] = [await run(name, rows), await run(name, rows, "recompute")];
  expect(distance(again.loss, kept.loss)).toBeLessThan(1e-6);
  expect(distance(again.gradient, kept.gradient)).toBeLessThan(1e-6);
});

test("rows without a label count nowhere", async () => {
  const rows = rowsOf(openGolden("bert"));
  const labels = rows["labels"]!.map((row, at) => (at === 3 ? { ...row, values: [-100] } : row));
  const [one, other] = [await run("bert", some(rows, 0, 3)), await run("bert", { ...rows, labels })];
  expect(other.kept).toEqual([3]);
  expect(distance(other.gradient, one.gradient)).toBeLessThan(1e-5);
});

test.each([
  ["pairs ranked in their batch", 4, (build: Builder, x: string) => multipleNegativesRanking(build, x)],
  ["triplets", 3, (build: Builder, x: string) => triplet(build, x, { distance: "cosine", margin: 0.5 })],
] as const)(
  "sentence embeddings learn from %s: the loss falls as the gradient says",
  async (_, rows, loss) => {
    const model = openGolden("bert");
    const step = buildEncoderStep(
      {
        encode: (build) => bert(build, model.config, model.lookup, { rows, length: 9 }),
        head: meanPool,
        loss,
      },
      { targets: (graph) => targetsOf(graph, (weight) => /query|value/.test(weight)) },
      "keep",
    );
    const { labels: _labels, ...feeds } = feedsOf(some(rowsOf(model), 0, rows));
    const running = await startGraph(step.graph);
    const start = packed(step, model, "start");
    const at = async (values: readonly number[]) =>
      await running.run({ ...feeds, parameters: floats([step.size], values) });
    const gradient = (await at(start))[step.gradient]!.values;
    const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    expect(length).toBeGreaterThan(1e-3);
    const moved = async (by: number): Promise<number> =>
      (await at(start.map((value, i) => value + (by * gradient[i]!) / length)))[step.loss]!.values[0]!;
    const slope = ((await moved(0.01)) - (await moved(-0.01))) / 0.02;
    expect(slope / length).toBeGreaterThan(0.98);
    expect(slope / length).toBeLessThan(1.02);
  },
);

test("weights are found in files of the bare encoder, and under the names of the first BERT files", async () => {
  const model = openGolden("bert");
  const asked = new Set<string>();
  const old = (name: string) => {
    asked.add(name);
    if (name.startsWith("bert.") || /LayerNorm\.(weight|bias)$/.test(name)) return undefined;
    const modern = name
      .replace("LayerNorm.gamma", "LayerNorm.weight")
      .replace("LayerNorm.beta", "LayerNorm.bias");
    return model.lookup(`bert.${modern}`);
  };
  const outputs = await Promise.all(
    [model.lookup, old].map(async (lookup) => {
      const build = new Builder("embeddings");
      const encoded = bert(build, model.config, lookup, { rows: 4, length: 9 });
      const pooled = normalize(build, meanPool(encoded));
      const { labels: _, ...feeds } = feedsOf(rowsOf(model));
      return (await (await startGraph(build.build([pooled]))).run(feeds))[pooled]!;
    }),
  );
  expect(asked).toContain("encoder.layer.0.output.LayerNorm.gamma");
  expect(outputs[1]).toEqual(outputs[0]);
  expect(outputs[0]!.shape).toEqual([4, 18]);
  for (let row = 0; row < 4; row++) {
    const vector = outputs[0]!.values.slice(18 * row, 18 * (row + 1));
    expect(vector.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
  }
});

test("a weight that no file has is named", () => {
  const model = openGolden("bert");
  const build = new Builder("broken");
  const lookup = (name: string) => (name.includes("layer.1.output.dense") ? undefined : model.lookup(name));
  expect(() => bert(build, model.config, lookup, { rows: 1, length: 3 }).classifyRows()).toThrow(
    "bert.encoder.layer.1.output.dense.weight",
  );
});
