import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../src/formats/safetensors.ts";
import { nodeFiles } from "../src/host/node-files.ts";
import { packagedMiniLm } from "../src/journey/packaged-models.ts";
import { scratchCli } from "./support/scratch-cli.ts";
import { taggedSentences, writeTinyEncoder } from "./support/tiny-encoder.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");
const { at, frugal, json } = scratchCli("convert", { HF_HUB_OFFLINE: "1" });

const GENERATED = JSON.parse(
  readFileSync(join(import.meta.dirname, "oracles/adapter-generation.json"), "utf8"),
);

let tuned: ReturnType<typeof json>;
beforeAll(async () => {
  await writeTinyEncoder(at("model"));
  writeFileSync(at("train.jsonl"), taggedSentences(80, 1));
  tuned = json(
    "tune", "--model", "model", "--task", "token-classification", "--data", "train.jsonl", "--out", "tags",
    "--epochs", "2", "--rate", "0.01", "--threads", "1", "--export", "merged,onnx",
  ); // biome-ignore format: one command line
});

test("tuning exports what it is asked to, and tells how far each is from what was tuned", () => {
  expect(tuned.exported).toEqual([
    { format: "merged", out: at("tags/merged"), largest: expect.any(Number), bound: 1e-3 },
    { format: "onnx", out: at("tags/onnx"), largest: expect.any(Number), bound: 1e-3 },
  ]);
  for (const { largest } of tuned.exported) expect(largest).toBeLessThan(1e-4);
  expect(tuned.export_receipt).toMatchObject({ settings: { base: "model", export: "merged,onnx" } });
  const config = JSON.parse(readFileSync(at("tags/merged/config.json"), "utf8"));
  expect(config).toMatchObject({
    architectures: ["BertForTokenClassification"],
    id2label: { 0: "animal", 1: "colour", 2: "place" },
  });
  expect(readdirSync(at("home/scratch"))).toEqual([]);
});

/** Of an adapter on its base, and of its ONNX export in transformers.js. */
function expectSameLabels(adapter: string, model: string, inputs: string): void {
  const texts = ["-i", inputs, "--limit", "12", "--top", "3"];
  const own = json("run", "--adapter", adapter, ...texts).results;
  const other = json("run", "text-classification", "-m", model, "--dtype", "fp32", ...texts).results;
  for (const [place, { labels }] of own.entries()) {
    expect(labels.map(({ label }: { label: string }) => label)).toEqual(
      other[place].labels.map(({ label }: { label: string }) => label),
    );
    for (const [rank, { score }] of labels.entries())
      expect(other[place].labels[rank].score).toBeCloseTo(score, 4);
  }
}

test("the ONNX export gives, in transformers.js, the labels and scores of the adapter on its base", () => {
  const labelled = readFileSync(at("train.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { tokens: string[]; tags: string[] })
    .map(({ tokens, tags }) => JSON.stringify({ text: tokens.join(" "), label: tags[0] }));
  writeFileSync(at("labelled.jsonl"), labelled.join("\n"));
  json(
    "tune", "--model", "model", "--task", "text-classification", "--data", "labelled.jsonl", "--out", "kinds", "--epochs", "2",
    "--rate", "0.01", "--threads", "1",
  ); // biome-ignore format: one command line
  const { exported } = json("convert", "--adapter", "kinds", "--to", "onnx", "--out", "kinds-onnx");
  expect(exported[0].largest).toBeLessThan(1e-4);
  expectSameLabels("kinds", "kinds-onnx", "labelled.jsonl");
  // This base has no head of its own for whole texts: what was trained reads the mean of the tokens.
  const { status, stderr } = frugal(
    "convert",
    "--adapter",
    "kinds",
    "--to",
    "merged",
    "--out",
    "kinds-merged",
  );
  expect(status).toBe(2);
  expect(stderr).toContain("no class of transformers");
  expect(existsSync(at("kinds-merged"))).toBe(false);
});

test("a base that is an ONNX file of four bits is tuned, run and exported as well", async () => {
  const kinds = { animal: ["cat", "dog"], colour: ["red", "blue"], place: ["house", "river"] };
  const examples = Object.entries(kinds).flatMap(([label, words]) =>
    words.flatMap((word) => ["the", "a", "this", "my"].map((first) => ({ text: `${first} ${word}`, label }))),
  );
  writeFileSync(at("few.jsonl"), examples.map((one) => JSON.stringify(one)).join("\n"));
  const { exported } = json(
    "tune", "--model", await packagedMiniLm(nodeFiles), "--task", "text-classification", "--data", "few.jsonl", "--out", "mini",
    "--max-steps", "3", "--rate", "0.01", "--export", "onnx",
  ); // biome-ignore format: one command line
  expect(exported[0].largest).toBeLessThan(1e-4);
  expectSameLabels("mini", "mini/onnx", "few.jsonl");
  const { status, stderr } = frugal("convert", "--adapter", "mini", "--to", "merged", "--out", "mini-merged");
  expect(status).toBe(2);
  expect(stderr).toContain("its weights lie in an ONNX file");
});

test.each([
  ["token-classification", "gguf", "it is for decoders", "use merged or onnx"],
  ["token-classification", "merged,mlx", "it is for decoders", "use merged or onnx"],
  ["causal-lm", "onnx", "it is for encoders", "use merged or gguf or mlx"],
])("%s to %s is refused, with what works", (task, formats, why, remedy) => {
  const adapter =
    task === "causal-lm"
      ? ["--adapter", join(FIXTURES, "adapters/llama-rslora"), "--model", join(FIXTURES, "models/llama")]
      : ["--adapter", "tags"];
  const { status, stderr } = frugal("convert", ...adapter, "--to", formats, "--out", "refused");
  expect(status).toBe(2);
  expect(stderr).toContain(why);
  expect(stderr).toContain(remedy);
  expect(existsSync(at("refused"))).toBe(false);
});

test("a refused format is refused before anything is trained", () => {
  const { status, stderr } = frugal(
    "tune", "--model", "model", "--task", "token-classification", "--data", "train.jsonl", "--out", "never", "--export", "gguf",
  ); // biome-ignore format: one command line
  expect(status).toBe(2);
  expect(stderr).toContain("use merged or onnx");
  expect(existsSync(at("never"))).toBe(false);
});

test("a decoder's adapter goes to every format of decoders, and the merged one writes the same text", () => {
  cpSync(join(FIXTURES, "models/llama"), at("llama"), { recursive: true });
  cpSync(join(FIXTURES, "tokenizers/letters"), at("llama"), { recursive: true });
  const adapter = join(FIXTURES, "adapters/llama-rslora");
  const { exported } = json(
    "convert", "--adapter", adapter, "--model", "llama", "--to", "merged,gguf,mlx", "--out", "formats",
  ); // biome-ignore format: one command line
  expect(exported.map(({ format }: { format: string }) => format)).toEqual(["merged", "gguf", "mlx"]);
  for (const { largest } of exported) expect(largest).toBeLessThan(1e-4);
  expect(readdirSync(at("formats")).sort()).toEqual(["gguf", "merged", "mlx"]);
  expect(readdirSync(at("formats/gguf"))).toEqual(["adapter.gguf"]);
  expect(readdirSync(at("formats/merged"))).toEqual(
    expect.arrayContaining(["model.safetensors", "tokenizer.json"]),
  );
  // On the merged model, an adapter that adds nothing.
  const { tensors } = readSafetensors("adapter", readFileSync(join(adapter, "adapter_model.safetensors")));
  cpSync(join(adapter, "adapter_config.json"), at("nothing/adapter_config.json"));
  const empty = [...tensors].map(([name, tensor]) => [
    name,
    name.includes("lora_B") ? { ...tensor, data: new Uint8Array(tensor.data.length) } : tensor,
  ]);
  writeFileSync(at("nothing/adapter_model.safetensors"), writeSafetensors(Object.fromEntries(empty)));
  const { results } = json(
    "run", "--adapter", "nothing", "--model", "formats/merged", "-i", GENERATED.prompts[1], "--max-new-tokens", String(GENERATED.new),
  ); // biome-ignore format: one command line
  expect(results[0].text).toBe(GENERATED.answers["llama-rslora"].texts[1]);
  const taken = frugal(
    "convert",
    "--adapter",
    adapter,
    "--model",
    "llama",
    "--to",
    "mlx",
    "--out",
    "formats",
  );
  expect(taken).toMatchObject({ status: 2, stderr: expect.stringContaining("is taken") });
});

test("DoRA has no place in GGUF: refused, and nothing is left", () => {
  const adapter = join(FIXTURES, "adapters/llama-dora");
  const { status, stderr } = frugal(
    "convert", "--adapter", adapter, "--model", join(FIXTURES, "models/llama"), "--to", "gguf", "--out", "dora",
  ); // biome-ignore format: one command line
  expect(status).toBe(2);
  expect(stderr).toMatch(/DoRA|magnitude/);
  expect(existsSync(at("dora"))).toBe(false);
});
