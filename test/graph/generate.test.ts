/** Generating with kept keys and values gives the tokens that the whole text, computed anew each time, would give. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { Builder } from "../../src/graph/builder.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { LORA_DEFAULTS } from "../../src/learn/lora/settings.ts";
import { openShapeSessions, type PlainTensor } from "../../src/learn/train/graph-trainer.ts";
import { buildLlama } from "../../src/models/llama/build-llama.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { openGenerator } from "../../src/reuse/adapted/generate.ts";
import { tokenPicker } from "../../src/reuse/adapted/pick-token.ts";
import { openGolden } from "../support/golden-model.ts";

/** Longer than two pieces of a prompt; beyond two doublings of the cache. */
const [PROMPT, MADE] = [290, 12];

test.each(["llama", "llama-tied-scaled", "mistral", "qwen2", "qwen3", "gemma"])("%s", async (name) => {
  const folder = mkdtempSync(join(tmpdir(), "frugal-generate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const golden = openGolden(name);
  const config = readLlamaConfig("config.json", golden.config);
  const weights = (weight: string) => golden.lookup(weight)!;
  const random = seededRandom(3);
  const prompt = Array.from({ length: PROMPT }, () => Math.floor(random.next() * config.vocabulary));
  const generate = await openGenerator(
    nodeFiles,
    { config, weights, adapter: { settings: LORA_DEFAULTS, tensors: new Map() } },
    join(folder, "cached"),
  );
  const made = await generate(prompt, { most: MADE, stops: new Set(), pick: tokenPicker({}) });
  expect(made).toHaveLength(MADE);

  const text = [...prompt, ...made];
  const length = text.length;
  const build = new Builder("whole");
  const hidden = buildLlama(build, config, weights, { rows: 1, length });
  const table = config.tied
    ? "model.embed_tokens.weight"
    : build.weight("lm_head.weight", weights("lm_head.weight"));
  const graph = build.build([build.op("Gemm", [hidden, table], { transB: 1 })]);
  const sessions = await openShapeSessions(nodeFiles, () => graph, { folder: join(folder, "whole") });
  onTestFinished(() => sessions.close());
  const whole = (valueAt: (at: number) => number): PlainTensor => ({
    dtype: "int64",
    shape: [1, length],
    data: BigInt64Array.from({ length }, (_, place) => BigInt(valueAt(place))),
  });
  const feeds = {
    input_ids: whole((place) => text[place]!),
    position_ids: whole((place) => place),
    segment_ids: whole(() => 0),
  };
  const logits = (await sessions.run({ rows: 1, length }, feeds))[graph.outputs[0]!]!;
  const likeliest = Array.from({ length: MADE }, (_, step) => {
    const row = logits.subarray((PROMPT + step - 1) * config.vocabulary, (PROMPT + step) * config.vocabulary);
    return row.indexOf(Math.max(...row));
  });
  expect(made).toEqual(likeliest);
});

test("chance keeps to the shares, and to the likeliest tokens of the share asked for", () => {
  const logits = Float32Array.of(Math.log(0.5), Math.log(0.3), Math.log(0.2));
  const pick = tokenPicker({ temperature: 1, seed: 7 });
  const counts = [0, 0, 0];
  for (let draw = 0; draw < 4_000; draw++) counts[pick(logits)]!++;
  for (const [token, share] of [0.5, 0.3, 0.2].entries())
    expect(Math.abs(counts[token]! / 4_000 - share)).toBeLessThan(0.03);
  const few = tokenPicker({ temperature: 1, topP: 0.6, seed: 7 });
  const seen = new Set(Array.from({ length: 500 }, () => few(logits)));
  expect(seen).toEqual(new Set([0, 1]));
  expect(tokenPicker({})(logits)).toBe(0);
  expect(() => tokenPicker({})(Float32Array.of(0, Number.NaN))).toThrow(
    expect.objectContaining({ code: "model-output-invalid" }),
  );
});
