/** `frugal run --adapter` as a user runs it, on what `frugal tune` left and on what PEFT wrote. */
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../src/core/random.ts";
import { openGguf } from "../src/formats/gguf/open-gguf.ts";
import { type MemoryTensor, writeSafetensorsFile } from "../src/formats/safetensors.ts";
import { Builder } from "../src/graph/builder.ts";
import { nodeFiles } from "../src/host/node-files.ts";
import { writePeftFolder } from "../src/learn/lora/peft-folder.ts";
import { LORA_DEFAULTS } from "../src/learn/lora/settings.ts";
import { buildLlama } from "../src/models/llama/build-llama.ts";
import { type LlamaGguf, readLlamaGguf } from "../src/models/llama/from-gguf.ts";
import { scratchCli } from "./support/scratch-cli.ts";
import { taggedSentences, writeTinyEncoder } from "./support/tiny-encoder.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const { scratch, home, env, at, frugal, json } = scratchCli("adapter-run");
const lines = (items: readonly unknown[]): string =>
  items.map((item) => `${JSON.stringify(item)}\n`).join("");
const read = (...names: readonly string[]) => JSON.parse(readFileSync(at(...names), "utf8"));

interface Tagged {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}
const sentences = (count: number, seed: number): Tagged[] =>
  taggedSentences(count, seed)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
/** Of what most of its words are. */
function kindOf({ tags }: Tagged): string {
  const count = (tag: string): number => tags.filter((one) => one === tag).length;
  return [...tags].sort((a, b) => count(b) - count(a))[0]!;
}
const textOf = ({ tokens }: Tagged): string => tokens.join(" ");

const SHORT = ["--epochs", "3", "--rate", "0.01", "--batch-tokens", "256", "--threads", "1"];
function tune(task: string, out: string, more: readonly string[] = SHORT): void {
  const { status, stderr } = frugal(
    "tune", "--model", "model", "--task", task, "--data", `${out}-train.jsonl`, "--validation", `${out}-test.jsonl`, "--out", out, ...more,
  ); // biome-ignore format: one command line
  expect(status, stderr).toBe(0);
}

const [TRAIN, HELD] = [sentences(160, 1), sentences(40, 2)];
beforeAll(async () => {
  await writeTinyEncoder(at("model"));
  const write = (out: string, of: (sentence: Tagged) => unknown): void => {
    writeFileSync(at(`${out}-train.jsonl`), lines(TRAIN.map((one) => of(one))));
    writeFileSync(at(`${out}-test.jsonl`), lines(HELD.map((one) => of(one))));
  };
  write("tags", (sentence) => sentence);
  write("kinds", (sentence) => ({ text: textOf(sentence), label: kindOf(sentence) }));
  write("several", (sentence) => ({ text: textOf(sentence), labels: [...new Set(sentence.tags)] }));
  write("pairs", ({ tokens }) => ({ anchor: tokens.join(" "), positive: [...tokens].reverse().join(" ") }));
  tune("token-classification", "tags");
  tune("sentence-similarity", "pairs");
  writeFileSync(at("texts.jsonl"), lines(HELD.map((sentence) => ({ text: textOf(sentence) }))));
});

test("tags of words: what is run is what tuning judged, and the receipt names adapter, base and training", () => {
  const { results, receipt, ...facts } = json("run", "--adapter", "tags", "--input", "texts.jsonl");
  expect(facts).toMatchObject({
    task: "token-classification",
    model: "tags",
    base: "model",
    engine: "frugal adapter",
    dtype: "fp32",
  });
  let [right, words] = [0, 0];
  for (const [place, { tokens, tags }] of HELD.entries()) {
    const found = results[place].tokens as { text: string; label: string; score: number }[];
    const predicted = found.flatMap(({ text, label }) => text.split(" ").map(() => label));
    expect(found.flatMap(({ text }) => text.split(" "))).toEqual(tokens);
    right += tags.filter((tag, word) => tag === predicted[word]).length;
    words += tags.length;
  }
  expect(right / words).toBeCloseTo(read("tags", "metrics.json").best.metrics.accuracy, 12);
  expect(receipt.subject.id).toBe("tags");
  expect(receipt.settings).toEqual({ base: "model" });
  expect(receipt.parents).toEqual([read("tags", "receipt.json").id]);
  const paths = receipt.subject.files.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "tags/adapter_config.json", "tags/adapter_model.safetensors", "tags/frugal-task.json",
      "model/config.json", "model/tokenizer.json", "model/model.safetensors",
    ]),
  ); // biome-ignore format: one block
  expect(receipt.subject.files[0].sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(join(home, "scratch"))).toEqual([]);
});

test.each([
  ["kinds", "accuracy"],
  ["several", "exact_match"],
])("%s of texts: the labels are those that tuning judged", (out, metric) => {
  tune("text-classification", out);
  const { results } = json("run", "--adapter", out, "--input", "texts.jsonl");
  const right = HELD.filter((sentence, place) => {
    const labels = results[place].labels as { label: string; score: number }[];
    if (out === "kinds") return labels[0]!.label === kindOf(sentence);
    const said = labels.filter(({ score }) => score > 0.5).map(({ label }) => label);
    return said.sort().join() === [...new Set(sentence.tags)].sort().join();
  }).length;
  expect(right / HELD.length).toBeCloseTo(read(out, "metrics.json").best.metrics[metric], 12);
});

test("vectors of texts: partners are nearest as often as tuning judged", () => {
  const texts = (of: "anchor" | "positive"): unknown[] =>
    readFileSync(at("pairs-test.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => ({ text: JSON.parse(line)[of] }));
  writeFileSync(at("both.jsonl"), lines([...texts("anchor"), ...texts("positive")]));
  const { results, task } = json("run", "--adapter", "pairs", "--input", "both.jsonl");
  expect(task).toBe("feature-extraction");
  const vectors: number[][] = results.map(({ vector }: { vector: number[] }) => vector);
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, place) => sum + value * b[place]!, 0);
  const [anchors, positives] = [vectors.slice(0, HELD.length), vectors.slice(HELD.length)];
  const right = anchors.filter((anchor, own) => {
    const scores = positives.map((positive) => dot(anchor, positive));
    return scores.indexOf(Math.max(...scores)) === own;
  }).length;
  expect(dot(vectors[0]!, vectors[0]!)).toBeCloseTo(1, 5);
  expect(right / HELD.length).toBeCloseTo(read("pairs", "metrics.json").best.metrics.recall_at_1, 12);
});

const FIXTURES = join(import.meta.dirname, "fixtures");
const GENERATED = JSON.parse(
  readFileSync(join(import.meta.dirname, "oracles/adapter-generation.json"), "utf8"),
) as {
  readonly prompts: readonly string[];
  readonly messages: readonly unknown[];
  readonly new: number;
  readonly answers: Readonly<Record<string, { readonly texts: readonly string[]; readonly chat: string }>>;
};
/** A tiny decoder with a tokenizer of letters. */
function decoderFolder(base: string): string {
  const folder = at(`decoder-${base}`);
  cpSync(join(FIXTURES, "models", base), folder, { recursive: true });
  cpSync(join(FIXTURES, "tokenizers/letters"), folder, { recursive: true });
  return folder;
}

test.each(Object.keys(GENERATED.answers))(
  "%s: a decoder writes greedily what transformers and PEFT write, and answers conversations as they do",
  (name) => {
    const { texts, chat } = GENERATED.answers[name]!;
    const model = decoderFolder(name.split("-")[0]!);
    const adapter = join(FIXTURES, "adapters", name);
    writeFileSync(
      at("prompts.jsonl"),
      lines([...GENERATED.prompts.map((text) => ({ text })), { messages: GENERATED.messages }]),
    );
    const { results, task } = json(
      "run", "--adapter", adapter, "--model", model, "-i", "prompts.jsonl", "--max-new-tokens", String(GENERATED.new),
    ); // biome-ignore format: one command line
    expect(task).toBe("text-generation");
    expect(results.map(({ text }: { text: string }) => text)).toEqual([...texts, chat]);
  },
);

test("drawing by chance depends on the seed alone", () => {
  const write = (seed: string): string =>
    json(
      "run", "text-generation", "--adapter", join(FIXTURES, "adapters/llama-rslora"), "-m", decoderFolder("llama"), "-i", "the fox",
      "--temperature", "2", "--top-p", "0.95", "--seed", seed, "--max-new-tokens", "30",
    ).results[0].text; // biome-ignore format: one command line
  expect(write("1")).toBe(write("1"));
  expect(write("1")).not.toBe(write("2"));
});

const refused = (...args: readonly string[]): string => {
  const { status, stdout, stderr } = frugal("run", ...args);
  expect(status, stdout).toBe(2);
  expect(readdirSync(join(home, "scratch"))).toEqual([]);
  return stderr;
};

test("a wrong base is refused with the first weight, what is there and what the adapter needs", () => {
  cpSync(at("model"), at("small"), { recursive: true });
  for (const name of ["config.json", "model.safetensors"])
    cpSync(join(FIXTURES, "models/bert", name), at("small", name));
  expect(refused("--adapter", "tags", "--model", "small", "-i", "cat")).toContain(
    "classifier.weight is [3,32] in the adapter, and the base's vectors have 18 numbers",
  );
  expect(refused("--adapter", "pairs", "--model", "small", "-i", "cat")).toMatch(
    /encoder\.layer\.0\.attention\.self\.query is \[32,32\] in the adapter, \[18,18\] in the base/,
  );
  const llama = join(FIXTURES, "adapters/llama-rslora");
  expect(refused("--adapter", llama, "--model", "model", "-i", "a")).toContain("its model_type is bert");
  expect(refused("--adapter", llama, "-i", "a")).toContain("it was trained on llama");
});

test("what is missing is said, and how to say it", () => {
  const without = (name: string): string => {
    const folder = at(`without-${name}`);
    cpSync(at("tags"), folder, { recursive: true });
    rmSync(join(folder, name));
    return folder;
  };
  for (const name of ["adapter_config.json", "adapter_model.safetensors"])
    expect(refused("--adapter", without(name), "-i", "cat")).toContain(`${name} is missing`);
  const foreign = without("frugal-task.json");
  expect(refused("--adapter", foreign, "-i", "cat")).toMatch(/labels of .* are not known[\s\S]*"id2label"/);
  const config = read("tags", "adapter_config.json");
  writeFileSync(join(foreign, "adapter_config.json"), JSON.stringify({ ...config, task_type: null }));
  expect(refused("--adapter", foreign, "-i", "cat")).toContain("say it: --task text-classification");
  writeFileSync(join(foreign, "config.json"), '{"id2label": {"0": "animal", "1": "colour", "2": "place"}}');
  const said = json("run", "--adapter", foreign, "--task", "token-classification", "-i", "cat red house");
  expect(said.results).toEqual(json("run", "--adapter", "tags", "-i", "cat red house").results);
  writeFileSync(join(foreign, "config.json"), '{"id2label": {"0": "animal", "1": "colour"}}');
  expect(refused("--adapter", foreign, "--task", "ner", "-i", "cat")).toContain(
    "the head answers with 3 numbers, and there are 2 labels",
  );
  writeFileSync(join(foreign, "adapter_config.json"), JSON.stringify({ ...config, peft_type: "IA3" }));
  expect(refused("--adapter", foreign, "-i", "cat")).toContain("only LORA is computed");
  expect(refused("text-classification", "--adapter", "tags", "-i", "cat")).toContain(
    "it was trained for token-classification",
  );
  expect(refused("-i", "cat")).toContain("what to do is not said");
  expect(refused("text-classification", "-i", "cat")).toContain("no model is named");
});

test("a GGUF file is a base as well: the same text as the same weights in safetensors give", async () => {
  const folder = at("from-gguf");
  cpSync(join(FIXTURES, "tokenizers/letters"), folder, { recursive: true });
  cpSync(join(FIXTURES, "gguf/llama-f16.gguf"), join(folder, "llama.gguf"));
  const { config, weights } = readLlamaGguf(
    "llama.gguf",
    await openGguf(nodeFiles, join(folder, "llama.gguf")),
  );
  const module = "model.layers.0.self_attn.q_proj";
  const random = seededRandom(4);
  const drawn = (shape: readonly number[]): MemoryTensor => {
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.next() - 0.5);
    return { dtype: "float32", shape, data: new Uint8Array(values.buffer) };
  };
  const tensors = new Map([
    [`${module}.lora_A.weight`, drawn([4, config.hidden])],
    [`${module}.lora_B.weight`, drawn([config.heads * config.headSize, 4])],
  ]);
  const settings = { ...LORA_DEFAULTS, task_type: "CAUSAL_LM" as const, r: 4, target_modules: ["q_proj"] };
  await writePeftFolder(nodeFiles, at("on-gguf"), { settings, tensors });
  const inside = await exportedBase(folder, { config, weights });
  const write = (model: string): string =>
    json("run", "--adapter", "on-gguf", "-m", model, "-i", "thefox", "--max-new-tokens", "12").results[0]
      .text;
  expect(write(join(folder, "llama.gguf"))).toBe(write(inside));
});

/** The GGUF model as a folder of transformers. */
async function exportedBase(folder: string, { config, weights }: LlamaGguf): Promise<string> {
  const build = new Builder("names");
  buildLlama(build, config, weights, { rows: 1, length: 1 });
  const names = build.build([]).initializers;
  const tensors = new Map([...names].filter(([name]) => name.startsWith("model.")));
  const inside = join(folder, "whole");
  cpSync(join(FIXTURES, "tokenizers/letters"), inside, { recursive: true });
  await writeSafetensorsFile(nodeFiles, join(inside, "model.safetensors"), tensors, {});
  const json = {
    model_type: "llama",
    hidden_size: config.hidden,
    intermediate_size: config.intermediate,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headSize,
    vocab_size: config.vocabulary,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.rope.theta,
    tie_word_embeddings: config.tied,
  };
  writeFileSync(join(inside, "config.json"), JSON.stringify(json));
  return inside;
}

test("Ctrl+C ends a run at once, with a receipt and without what it wrote for the while", async () => {
  const model = decoderFolder("llama");
  const words = ["run", "--adapter", join(FIXTURES, "adapters/llama-rslora"), "-m", model, "-i", "-"];
  const child = spawn(process.execPath, [COMMAND, ...words, "--max-new-tokens", "60"], { cwd: scratch, env });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.stdin.end("the fox\n".repeat(2_000));
  const graphs = (): boolean =>
    readdirSync(join(home, "scratch")).some((name) =>
      readdirSync(join(home, "scratch", name)).some((file) => file.endsWith(".onnx")),
    );
  while (!graphs() && child.exitCode === null) await sleep(5);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(readdirSync(join(home, "scratch"))).toEqual([]);
  const pending = join(home, "ledger/pending");
  const outcomes = readdirSync(pending).map((name) => read("home/ledger/pending", name).outcome.status);
  expect(outcomes).toContain("interrupted");
});
