/**
 * Tiny encoders whose weights were all trained, for test/oracles/full_models.py: their folders, ids and the logits that frugal computes from
 * the folder. Run after `npm run build`:  node test/oracles/write_full_models.mjs FOLDER
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const dist = (path) => import(join(root, "dist", path));
const { nodeFiles } = await dist("host/node-files.js");
const { openAdaptedEncoder } = await dist("learn/lora/adapted-encoder.js");
const { readAdapterTask } = await dist("learn/lora/adapter-task.js");
const { LORA_DEFAULTS } = await dist("learn/lora/settings.js");
const { openGraph } = await dist("engines/graph-session.js");
const { Tensor } = await import("onnxruntime-node");

const folder = process.argv[2];
const fixture = (path) => join(root, "test/fixtures", path);
const pairs = Array.from({ length: 40 }, (_, at) => `${"abcdefgh"[at % 8]} ${"abcdefgh"[at >> 3]}`);
const [ROWS, LENGTH] = [2, 8];

for (const name of ["bert", "bert-tokens", "roberta", "distilbert", "modernbert"]) {
  const model = join(folder, "base", name);
  mkdirSync(model, { recursive: true });
  for (const file of ["config.json", "model.safetensors"])
    copyFileSync(fixture(`models/${name}/${file}`), join(model, file));
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    copyFileSync(fixture(`tokenizers/wordpiece/${file}`), join(model, file));
  const tokens = name === "bert-tokens";
  const lines = pairs.map((text, at) =>
    JSON.stringify(
      tokens
        ? { tokens: text.split(" "), tags: text.split(" ").map((word) => (word < "e" ? "x" : "y")) }
        : { text, label: ["x", "y", "z"][at % 3] },
    ),
  );
  writeFileSync(join(folder, "data.jsonl"), lines.join("\n"));
  const out = join(folder, "full", name);
  const task = tokens ? "token-classification" : "text-classification";
  const tuned = spawnSync(
    process.execPath,
    [join(root, "dist/bin/frugal.js"), "tune", "--model", model, "--data", join(folder, "data.jsonl")]
      .concat(["--task", task, "--method", "full", "--rate", "0.005", "--max-steps", "5"])
      .concat(["--max-length", "12", "--out", out]),
    { encoding: "utf8", env: { ...process.env, FRUGAL_HOME: join(folder, "home") } },
  );
  if (tuned.status !== 0) throw new Error(`${name}: ${tuned.stderr}`);
  const said = await readAdapterTask(nodeFiles, { adapter: out, base: out });
  const none = { settings: LORA_DEFAULTS, tensors: new Map() };
  const { forwardOf } = await openAdaptedEncoder(nodeFiles, out, none, said);
  const graph = forwardOf({ rows: ROWS, length: LENGTH });
  const work = join(folder, "work", name);
  mkdirSync(work, { recursive: true });
  const session = await openGraph(nodeFiles, graph, { folder: work });
  const ids = Array.from({ length: ROWS * LENGTH }, (_, at) => 5 + ((at * 7) % 40));
  const mask = ids.map((_, at) => (at < LENGTH + 5 ? 1 : 0));
  const whole = (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [ROWS, LENGTH]);
  const feeds = {
    input_ids: whole(ids),
    attention_mask: whole(mask),
    token_type_ids: whole(ids.map(() => 0)),
  };
  const made = await session.run(
    Object.fromEntries(Object.entries(feeds).filter(([input]) => graph.inputs.includes(input))),
  );
  await session.close();
  const logits = [...Object.values(made)[0].data];
  writeFileSync(join(out, "asked.json"), JSON.stringify({ shape: [ROWS, LENGTH], ids, mask, logits }));
}
