/** Tiny decoders against transformers and PEFT: logits, loss, the gradient of each A and B, and five AdamW steps (test/oracles/lora_models.py). */
import { expect, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { CHUNK } from "../../src/graph/passes/attach-causal-loss.ts";
import type { MemoryMode } from "../../src/learn/lora/assemble-step.ts";
import { buildLoraStep, type LoraStep } from "../../src/learn/lora/build-step.ts";
import { type Batch, buildLlama } from "../../src/models/llama/build-llama.ts";
import { LLAMA_FAMILY, readLlamaConfig } from "../../src/models/llama/config.ts";
import {
  ALPHA, distance, expectGoldenSteps, goldenModels, int64, openGolden, packed, RANK,
} from "../support/golden-model.ts"; // biome-ignore format: one block
import { type Filled, floats, startGraph } from "../support/run-graph.ts";

function open(family: string) {
  const golden = openGolden(family);
  const config = readLlamaConfig("config.json", golden.config);
  const weight = (name: string) => {
    const found = golden.lookup(name);
    if (found === undefined) throw new Error(`no weight ${name}`);
    return found;
  };
  const [rows, length] = golden.filled("input_ids").shape as [number, number];
  return { golden, config, weight, rows, length };
}
type Opened = ReturnType<typeof open>;

const stepOf = ({ config, weight }: Opened, batch: Batch, memory: MemoryMode = "keep"): LoraStep =>
  buildLoraStep(
    config,
    weight,
    batch,
    (graph) =>
      [...linearLayers(graph).keys()].map((name) => ({ weight: name, rank: RANK, scale: ALPHA / RANK })),
    memory,
  );

/** A text: its tokens, and for each the label that it has as a target; −100 counts nowhere. */
interface Text {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
}

function textsOf({ golden, rows, length }: Opened): readonly Text[] {
  const [ids, labels] = [golden.numbers("input_ids"), golden.numbers("labels")];
  return Array.from({ length: rows }, (_, row) => {
    const part = (values: readonly number[]): readonly number[] =>
      values.slice(row * length, (row + 1) * length);
    return { ids: part(ids), labels: part(labels) };
  });
}

/** Each row holds texts one behind the other; the label of a place is the token that follows it in its text. */
function feedsOf(rows: readonly (readonly Text[])[]): { feeds: Record<string, Filled>; kept: number } {
  const places = rows.flatMap((texts) =>
    texts.flatMap(({ ids, labels }, segment) =>
      ids.map((id, at) => ({ id, at, segment, next: labels[at + 1] ?? -100 })),
    ),
  );
  const shape = [rows.length, places.length / rows.length];
  const counted = places.flatMap(({ next }, place) => (next === -100 ? [] : [{ place, next }]));
  const chunk = (of: (one: { place: number; next: number }) => number): number[] =>
    Array.from({ length: CHUNK }, (_, at) => (at < counted.length ? of(counted[at]!) : 0));
  const feeds = {
    input_ids: int64(
      shape,
      places.map(({ id }) => id),
    ),
    position_ids: int64(
      shape,
      places.map(({ at }) => at),
    ),
    segment_ids: int64(
      shape,
      places.map(({ segment }) => segment),
    ),
    loss_rows: int64(
      [1, CHUNK],
      chunk(({ place }) => place),
    ),
    loss_labels: int64(
      [1, CHUNK],
      chunk(({ next }) => next),
    ),
    loss_weights: floats(
      [1, CHUNK],
      chunk(() => 1),
    ),
  };
  return { feeds, kept: counted.length };
}

async function run(model: Opened, rows: readonly (readonly Text[])[]) {
  const length = rows[0]!.reduce((sum, { ids }) => sum + ids.length, 0);
  const step = stepOf(model, { rows: rows.length, length });
  const parameters = floats([step.size], packed(step, model.golden, "start"));
  const made = await (await startGraph(step.graph)).run({ ...feedsOf(rows).feeds, parameters });
  return { loss: made[step.loss]!.values, gradient: made[step.gradient]!.values };
}

async function expectSame(
  model: Opened,
  one: readonly (readonly Text[])[],
  parts: readonly (readonly Text[])[][],
) {
  const whole = await run(model, one);
  const alone = await Promise.all(parts.map((part) => run(model, part)));
  const sum = (of: "loss" | "gradient"): number[] =>
    whole[of].map((_, at) => alone.reduce((so, part) => so + part[of][at]!, 0));
  expect(distance(whole.loss, sum("loss"))).toBeLessThan(1e-5);
  expect(distance(whole.gradient, sum("gradient"))).toBeLessThan(1e-5);
}

const families = goldenModels(LLAMA_FAMILY);

test.each(families)("%s: logits are those of transformers", async (family) => {
  const model = open(family);
  const build = new Builder("logits");
  const hidden = buildLlama(build, model.config, model.weight, model);
  const table = model.config.tied
    ? "model.embed_tokens.weight"
    : build.weight("lm_head.weight", model.weight("lm_head.weight"));
  const logits = build.op("Gemm", [hidden, table], { transB: 1 });
  const running = await startGraph(build.build([logits]));
  const { input_ids, position_ids, segment_ids } = feedsOf(textsOf(model).map((text) => [text])).feeds;
  const results = await running.run({
    input_ids: input_ids!,
    position_ids: position_ids!,
    segment_ids: segment_ids!,
  });
  expect(distance(results[logits]!.values, model.golden.numbers("base_logits"))).toBeLessThan(1e-5);
});

test.each(
  families.flatMap((family) =>
    (["keep", "light", "recompute"] as const).map((memory) => [family, memory] as const),
  ),
)("%s, %s: loss, gradients and five AdamW steps are those of PEFT", async (family, memory) => {
  const model = open(family);
  const rows = textsOf(model).map((text) => [text]);
  await expectGoldenSteps(model.golden, stepOf(model, model, memory), feedsOf(rows));
});

test.each(families)(
  "%s: texts packed into one row give the loss and gradient that they give alone",
  async (family) => {
    const model = open(family);
    const [a, b] = textsOf(model) as [Text, Text];
    const short = { ids: b.ids.slice(0, 4), labels: b.labels.slice(0, 4) };
    await expectSame(model, [[a, short]], [[[a]], [[short]]]);
  },
);

test.each(families)("%s: a batch in parts gives the loss and gradient of the whole", async (family) => {
  const model = open(family);
  const [a, b] = textsOf(model) as [Text, Text];
  await expectSame(model, [[a], [b], [a]], [[[a]], [[b], [a]]]);
});
