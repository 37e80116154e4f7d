/** GGUF files that gguf-py wrote, against what transformers computes with them (test/oracles/gguf_llama.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { distance, int64 } from "../../../test/support/golden-model.ts";
import { inMemory, startGraph } from "../../../test/support/run-graph.ts";
import { openGguf } from "../../formats/gguf/open-gguf.ts";
import { Builder } from "../../graph/builder.ts";
import { type BaseKind, storeBase } from "../../graph/passes/store-base.ts";
import { nodeFiles } from "../../host/node-files.ts";
import { buildLlama } from "./build-llama.ts";
import { readLlamaGguf } from "./from-gguf.ts";

const FOLDER = join(import.meta.dirname, "../../../test/fixtures/gguf");
const answers = JSON.parse(readFileSync(join(FOLDER, "answers.json"), "utf8")) as {
  readonly input_ids: readonly [readonly number[]];
  readonly logits: Readonly<Record<string, readonly number[]>>;
};

/** Of the last token. */
async function logitsOf(file: string, kind: BaseKind): Promise<readonly number[]> {
  const opened = await openGguf(nodeFiles, join(FOLDER, file));
  const { config, weights } = readLlamaGguf(file, opened);
  const build = new Builder("logits");
  const [ids] = answers.input_ids;
  const batch = { rows: 1, length: ids.length };
  const hidden = buildLlama(build, config, weights, batch);
  const logits = build.op("Gemm", [hidden, "model.embed_tokens.weight"], { transB: 1 });
  const graph = await inMemory(storeBase(build.build([logits]), kind));
  const whole = (values: readonly number[]) => int64([1, ids.length], values);
  const made = await (await startGraph(graph)).run({
    input_ids: whole(ids),
    position_ids: whole(ids.map((_, at) => at)),
    segment_ids: whole(ids.map(() => 0)),
  });
  return made[logits]!.values.slice(-config.vocabulary);
}

test.each(Object.keys(answers.logits))("%s: logits are those of transformers", async (file) => {
  expect(distance(await logitsOf(file, "f32"), answers.logits[file]!)).toBeLessThan(1e-5);
});

test("stored in blocks again, a file of eight bits loses nothing", async () => {
  const file = "llama-q8_0.gguf";
  expect(distance(await logitsOf(file, "int8"), answers.logits[file]!)).toBeLessThan(1e-5);
});

test.each([
  ["gemma", /architecture is gemma/],
  ["mamba", /architecture is mamba/],
])("%s is refused by name", async (architecture, why) => {
  const { tensors, metadata } = await openGguf(nodeFiles, join(FOLDER, "llama-q8_0.gguf"));
  const other = new Map(metadata).set("general.architecture", { type: "string", value: architecture });
  expect(() => readLlamaGguf("m.gguf", { tensors, metadata: other })).toThrow(
    expect.objectContaining({ code: "graph-unsupported", why: expect.stringMatching(why) }),
  );
});

test("rotary factors of their own are refused, and a missing tensor is named", async () => {
  const { tensors, metadata } = await openGguf(nodeFiles, join(FOLDER, "llama-q8_0.gguf"));
  const norm = tensors.get("output_norm.weight")!;
  const factors = new Map(tensors).set("rope_freqs.weight", norm);
  expect(() => readLlamaGguf("m.gguf", { tensors: factors, metadata })).toThrow(/cannot be built/);
  const fewer = new Map([...tensors].filter(([name]) => name !== "blk.1.ffn_up.weight"));
  const { weights } = readLlamaGguf("m.gguf", { tensors: fewer, metadata });
  expect(() => weights("model.layers.1.mlp.up_proj.weight")).toThrow(/no tensor blk.1.ffn_up.weight/);
});
