/** `frugal run --adapter` as a user runs it, on what `frugal tune` left and on what PEFT wrote. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taggedSentences, writeTinyEncoder } from "./support/tiny-encoder.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-adapter-run-"));
const home = join(scratch, "home");
const env = { ...process.env, FRUGAL_HOME: home, NO_COLOR: "1" };
afterAll(() => rmSync(scratch, { recursive: true }));

const at = (...names: readonly string[]): string => join(scratch, ...names);
function frugal(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: scratch,
    env,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
function json(...args: readonly string[]) {
  const { status, stdout, stderr } = frugal(...args, "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}
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
  writeFileSync(at("texts.jsonl"), lines(HELD.map((sentence) => ({ text: textOf(sentence) }))));
});

test("tags of words: what is run is what tuning judged, and the receipt names adapter, base and training", () => {
  tune("token-classification", "tags");
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
  tune("sentence-similarity", "pairs");
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

test("a wrong base is refused: the first weight, what is there, and what the adapter needs", () => {
  const { status, stderr } = frugal(
    "run", "--adapter", "tags", "--model", join(FIXTURES, "models/bert"), "-i", "cat", "--task", "token-classification",
  ); // biome-ignore format: one command line
  expect(status).toBe(2);
  expect(stderr).toMatch(/tokenizer\.json|does not fit the base/);
  const small = at("small");
  cpSync(at("model"), small, { recursive: true });
  cpSync(join(FIXTURES, "models/bert/config.json"), join(small, "config.json"));
  cpSync(join(FIXTURES, "models/bert/model.safetensors"), join(small, "model.safetensors"));
  const other = frugal("run", "--adapter", "tags", "--model", "small", "-i", "cat");
  expect(other.status).toBe(2);
  expect(other.stderr).toContain("the adapter does not fit the base");
  expect(other.stderr).toMatch(
    /\[\d+,\d+\] in the adapter, \[\d+,\d+\] in the base|is \[3,32\] in the adapter/,
  );
  const decoder = frugal(
    "run",
    "--adapter",
    join(FIXTURES, "adapters/qwen2-ranks"),
    "--model",
    decoderFolder("mistral"),
    "-i",
    "a",
  );
  expect(decoder.status).toBe(2);
  expect(readdirSync(join(home, "scratch"))).toEqual([]);
});
