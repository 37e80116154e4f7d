/** The methods of `frugal tune` beside adapters, as a user runs them: all weights, and few texts in pairs. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../src/formats/safetensors.ts";
import { taggedSentences, writeTinyEncoder } from "./support/tiny-encoder.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-tune-methods-"));
const env = { ...process.env, FRUGAL_HOME: join(scratch, "home"), NO_COLOR: "1" };
afterAll(() => rmSync(scratch, { recursive: true }));
beforeAll(async () => {
  await writeTinyEncoder(join(scratch, "model"));
  const config = read("model", "config.json").toString();
  writeFileSync(join(scratch, "model", "config.json"), config.replace("{", '{"some_float": 2.0, '));
  writeFileSync(join(scratch, "tags.jsonl"), taggedSentences(80, 1));
  writeFileSync(join(scratch, "tags-test.jsonl"), taggedSentences(40, 2));
  writeFileSync(join(scratch, "mails.csv"), labelled(0, 12));
  writeFileSync(join(scratch, "mails-test.csv"), labelled(12, 36));
});

/** Animals are of one class, colours of another. */
function labelled(from: number, to: number): string {
  const animals = ["cat", "dog", "bird", "fish", "horse", "cow"];
  const colours = ["red", "blue", "green", "black", "white", "yellow"];
  const lines = Array.from({ length: to - from }, (_, n) => {
    const at = from + n;
    const words = at % 2 === 0 ? animals : colours;
    const [a, b] = [words[(at >> 1) % 6]!, words[((at >> 1) + 1 + Math.floor(at / 12)) % 6]!];
    return `the ${a} and the ${b},${at % 2 === 0 ? "animal" : "colour"}`;
  });
  return `text,label\n${lines.join("\n")}\n`;
}

function frugal(...args: readonly string[]) {
  return spawnSync(process.execPath, [COMMAND, ...args], { cwd: scratch, env, encoding: "utf8" });
}
const TAGS = ["--data", "tags.jsonl", "--validation", "tags-test.jsonl", "--task", "token-classification"];
const MAILS = ["--data", "mails.csv", "--validation", "mails-test.csv", "--task", "text-classification"];
const tuneArgs = (out: string, more: readonly string[]): string[] => [
  "tune", "--model", "model", "--out", out, "--threads", "1", "--checkpoint-every", "2", ...more,
]; // biome-ignore format: one line reads as one command
const tune = (out: string, ...more: readonly string[]) => frugal(...tuneArgs(out, more));
const read = (...path: readonly string[]): Buffer => readFileSync(join(scratch, ...path));
const json = (...path: readonly string[]) => JSON.parse(read(...path).toString());

test("all weights are trained, and what is left is a model's folder of its own", () => {
  const { status, stderr } = tune("full", ...TAGS, "--method", "full", "--rate", "0.01", "--epochs", "8");
  expect(status, stderr).toBe(0);
  expect(json("full", "metrics.json").best.metrics.accuracy).toBeGreaterThan(0.9);
  const base = readSafetensors("base", read("model", "model.safetensors")).tensors;
  const full = readSafetensors("full", read("full", "model.safetensors")).tensors;
  expect([...full.keys()].toSorted()).toEqual(
    [...[...base.keys()].map((name) => `bert.${name}`), "classifier.bias", "classifier.weight"].toSorted(),
  );
  for (const [name, { data }] of base) {
    // Rows of positions and segments that no example has keep their values; each table as a whole moves.
    expect(Buffer.compare(data as Buffer, full.get(`bert.${name}`)!.data as Buffer), name).not.toBe(0);
  }
  expect(json("full", "config.json")).toMatchObject({
    architectures: ["BertForTokenClassification"],
    id2label: { 0: "animal", 1: "colour", 2: "place" },
    dtype: "float32",
  });
  expect(read("full", "config.json").toString()).toContain('"some_float": 2.0,');
  expect(readdirSync(join(scratch, "full"))).toContain("tokenizer.json");
  expect(json("full", "frugal-task.json")).toMatchObject({ labels: ["animal", "colour", "place"] });
  const card = read("full", "README.md").toString();
  expect(card).toContain("base_model_relation: finetune");
  expect(card).not.toContain("peft");
});

test("full tuning has a rate of its own unless one is given", () => {
  const { status, stderr } = tune("own-rate", ...TAGS, "--method", "full", "--max-steps", "1");
  expect(status, stderr).toBe(0);
  expect(read("own-rate", "recipe.yaml").toString()).toMatch(/^rate: 0\.00005$/m);
});

test.each([
  ["mean", [...MAILS, "--method", "full"], "no class of transformers"],
  ["quantized", [...TAGS, "--method", "full", "--base", "int8"], "none is frozen"],
  ["exported", [...TAGS, "--method", "full", "--export", "onnx"], "there is no adapter"],
  ["tagged", [...TAGS, "--method", "setfit"], "of which each text has one"],
])("%s: what the method cannot do is refused before the first step", (out, args, why) => {
  expect(tune(out, ...args)).toMatchObject({ status: 2, stderr: expect.stringContaining(why) });
});

test("few texts are learned in pairs, and the head fitted on them lies in the adapter", () => {
  const { status, stderr, stdout } = tune("few", ...MAILS, "--method", "setfit", "--rate", "0.01", "--json");
  expect(status, stderr).toBe(0);
  const told = JSON.parse(stdout);
  // Of 6 and 6 texts: 42 pairs of equal labels, each text with itself among them, and 36 of unlike ones.
  expect(told.preflight).toMatchObject({ examples: 12, pairs: 84, labels: ["animal", "colour"] });
  expect(stderr).toContain("in 84 pairs");
  const { best } = told.result;
  expect(best.metrics.accuracy).toBeGreaterThan(0.85);
  expect(json("few", "frugal-task.json")).toMatchObject({ layout: "class", pooling: "mean" });
  expect(json("few", "adapter_config.json").modules_to_save).toEqual(["classifier"]);
  const { tensors } = readSafetensors("adapter", read("few", "adapter_model.safetensors"));
  expect(tensors.get("base_model.model.classifier.weight")?.shape).toEqual([2, 32]);
  expect(tensors.get("base_model.model.classifier.bias")?.shape).toEqual([2]);
  const truth = labelled(12, 36).trim().split("\n").slice(1);
  const texts = truth.map((line) => JSON.stringify({ text: line.split(",")[0] }));
  writeFileSync(join(scratch, "texts.jsonl"), texts.join("\n"));
  const answers = frugal("run", "--adapter", "few", "--input", "texts.jsonl", "--field", "text", "--json");
  expect(answers.status, answers.stderr).toBe(0);
  const said = JSON.parse(answers.stdout).results.map(
    ({ labels: [best] }: { labels: readonly { label: string }[] }) => best!.label,
  );
  const right = truth.filter((line, at) => line.endsWith(`,${said[at]}`)).length;
  expect(right / truth.length).toBeCloseTo(best.metrics.accuracy, 6);
});

/** Ends the run with Ctrl+C once it has a checkpoint. */
async function stopEarly(out: string, args: readonly string[]): Promise<void> {
  const checkpoint = join(scratch, out, "checkpoint", "checkpoint.json");
  const child = spawn(process.execPath, [COMMAND, ...tuneArgs(out, args)], {
    cwd: scratch,
    env,
    stdio: "ignore",
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  while (!existsSync(checkpoint) && child.exitCode === null) await sleep(5);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
}

test.each([
  ["full", [...TAGS, "--method", "full", "--max-steps", "60", "--batch-tokens", "64"], "model.safetensors"],
  [
    "setfit",
    [...MAILS, "--method", "setfit", "--max-steps", "60", "--epochs", "9", "--batch-tokens", "96"],
    "adapter_model.safetensors",
  ],
])("%s: a run that was stopped and gone on with ends with the same bytes", async (method, args, weights) => {
  expect(tune(`${method}-whole`, ...args).status).toBe(0);
  await stopEarly(`${method}-stopped`, args);
  const { status, stderr } = tune(`${method}-stopped`, ...args, "--resume");
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/going on from step \d+/);
  expect(read(`${method}-stopped`, weights).equals(read(`${method}-whole`, weights))).toBe(true);
});

test("blocks, ranks, alphas and whole modules are chosen in PEFT's words, and stand in the adapter's settings", () => {
  const { status, stderr } = tune(
    "chosen", ...TAGS, "--max-steps", "2", "--targets", "query,value", "--layers-to-transform", "1",
    "--rank-pattern", "value=4", "--alpha-pattern", "value=2", "--modules-to-save", "embeddings.LayerNorm",
  ); // biome-ignore format: one command
  expect(status, stderr).toBe(0);
  const { tensors } = readSafetensors("adapter", read("chosen", "adapter_model.safetensors"));
  const of = (name: string) => tensors.get(`base_model.model.${name}`)?.shape;
  const block = "bert.encoder.layer.1.attention.self";
  expect([...tensors.keys()].filter((name) => name.includes("lora_A"))).toHaveLength(2);
  expect([of(`${block}.query.lora_A.weight`), of(`${block}.value.lora_A.weight`)]).toEqual([
    [8, 32],
    [4, 32],
  ]);
  expect(of("bert.embeddings.LayerNorm.weight")).toEqual([32]);
  expect(json("chosen", "adapter_config.json")).toMatchObject({
    layers_to_transform: [1],
    rank_pattern: { value: 4 },
    alpha_pattern: { value: 2 },
    modules_to_save: ["classifier", "embeddings.LayerNorm"],
  });
});

test("a pattern of whole names chooses what it fits", () => {
  const pattern = ".*layer\\.0\\.(attention\\.self\\.query|output\\.dense)";
  const { status, stderr } = tune("pattern", ...TAGS, "--max-steps", "1", "--target-pattern", pattern);
  expect(status, stderr).toBe(0);
  expect(json("pattern", "adapter_config.json").target_modules).toEqual([
    "bert.encoder.layer.0.attention.self.query",
    "bert.encoder.layer.0.output.dense",
  ]);
});

test.each([
  [["--layers-to-transform", "1"], "the targets are all-linear"],
  [["--layers-pattern", "layer"], "a pattern of blocks without numbers"],
  [["--modules-to-save", "pooler"], "no module of the model is called pooler"],
  [["--rank-pattern", "value=half"], "query=16,value=4"],
  [["--target-pattern", "("], "is no pattern of names"],
])("%s: settings that choose nothing are refused", (args, why) => {
  expect(tune("refused", ...TAGS, ...args)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(why),
  });
});
