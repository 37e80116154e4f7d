/**
 * Does LoRA beat a head on a frozen model? Five seeds, each with sentences and mails of its own, the same for all rivals:
 * `node bench/recycle.mjs [FOLDER]`. Prints a table, and keeps it with the raw numbers in FOLDER.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedder } from "../dist/engines/embedder.js";
import { nodeFiles } from "../dist/host/node-files.js";
import { nodeWorld } from "../dist/host/node-world.js";
import { readBrown, unigramTagger } from "../dist/journey/demo/brown.js";
import { sharingEmbedder } from "../dist/journey/demo/sharing-embedder.js";
import { drawPool, drawSplit, readSpamAssassin } from "../dist/journey/demo/spam-assassin.js";
import { packagedMiniLm } from "../dist/journey/packaged-models.js";
import { settleRecipe } from "../dist/recycle/tune/recipe.js";
import { tuneInProcess } from "../dist/recycle/tune/tune-process.js";
import { trainEmbeddingClassifier } from "../dist/reuse/embedding-classifier.js";
import { trainTfidfClassifier } from "../dist/reuse/tfidf-classifier.js";

const SEEDS = (process.env.SEEDS ?? "1,2,3,4,5").split(",").map(Number);
/** Student's t, 95 %, two-sided, by degrees of freedom. */
const STUDENT = [undefined, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
if (STUDENT[SEEDS.length - 1] === undefined) throw new Error("SEEDS names two to ten seeds");
/**
 * Of items that are drawn anew for each seed, by seed; test ÷ train where all seeds part the same items, whose results hang together
 * (Nadeau and Bengio 2003, Machine Learning 52, "corrected resampled t-test").
 */
const OVERLAP = { brown: 0, mails: 600 / 900 };
const scratch = mkdtempSync(join(tmpdir(), "frugal-recycle-"));
const world = { ...nodeWorld(), env: { ...process.env, FRUGAL_HOME: join(scratch, "home") } };
const signal = new AbortController().signal;
const model = await packagedMiniLm(nodeFiles);
let runs = 0;

async function tuned(task, train, test, settings) {
  const out = join(scratch, `out-${runs++}`);
  const write = (name, rows) => {
    const path = `${out}.${name}.jsonl`;
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    return path;
  };
  const values = {
    model,
    task,
    out,
    data: write("train", train),
    validation: write("test", test),
    ...settings,
  };
  const recipe = settleRecipe([{ from: "the bench", values }]);
  // The last state, not the best one by the test examples: nothing is chosen by what it is judged by.
  const last = { ...recipe, evaluateEvery: 1_000_000 };
  const from = performance.now();
  const result = await tuneInProcess(
    world,
    { recipe: last, resume: false, dryRun: false },
    { signal, onMessage() {} },
  );
  return { accuracy: result.right / result.decided, seconds: (performance.now() - from) / 1e3 };
}

const brown = { unigram: [], head: [], lora: [] };
const mails = { tfidf: [], head: [], lora: [] };
const seconds = { "brown head": [], "brown lora": [], "mails lora": [] };
for (const seed of SEEDS) {
  const { train, test } = await readBrown(nodeFiles, seed, { train: 400, test: 200 });
  const tag = unigramTagger(train);
  const words = test.flatMap(({ tokens, tags }) => {
    const found = tag(tokens);
    return tags.map((one, at) => Number(one === found[at]));
  });
  brown.unigram.push(mean(words));
  const common = { seed, batchTokens: 512 };
  const head = await tuned("token-classification", train, test, {
    ...common,
    method: "head",
    rate: 0.03,
    epochs: 10,
  });
  const lora = await tuned("token-classification", train, test, {
    ...common,
    method: "lora",
    rate: 0.003,
    epochs: 4,
  });
  brown.head.push(head.accuracy);
  brown.lora.push(lora.accuracy);
  seconds["brown head"].push(head.seconds);
  seconds["brown lora"].push(lora.seconds);
  console.log("brown", seed, brown.unigram.at(-1), head, lora);
}
const read = await readSpamAssassin(world, { signal, progress() {} });
const pool = drawPool(read.mails, 900);
const opened = await openEmbedder(world, { model, dtype: "q4", maxTokens: 128, signal });
const { embedder, prepare } = sharingEmbedder(opened);
await prepare(
  pool.map(({ text }) => text),
  signal,
);
for (const seed of SEEDS) {
  const { train, test } = drawSplit(pool, seed, { train: 450, test: 300 });
  const judge = async (classifier) => {
    const found = await classifier.classify(
      test.map(({ text }) => text),
      signal,
    );
    return mean(test.map(({ label }, at) => Number(found[at][0].label === label)));
  };
  mails.tfidf.push(await judge(await trainTfidfClassifier(train, {})));
  mails.head.push(await judge(await trainEmbeddingClassifier(embedder, train, {})));
  const plain = (rows) => rows.map(({ text, label }) => ({ text, label }));
  const lora = await tuned("text-classification", plain(train), plain(test), {
    seed,
    method: "lora",
    rate: 0.001,
    epochs: 3,
    maxLength: 128,
    batchTokens: 1_024,
    base: "w8a8",
  });
  mails.lora.push(lora.accuracy);
  seconds["mails lora"].push(lora.seconds);
  console.log("mails", seed, mails.tfidf.at(-1), mails.head.at(-1), lora);
}
await opened.close();
rmSync(scratch, { recursive: true });

const lines = [
  "| job | rival | its accuracy | LoRA's accuracy | LoRA − rival (95 %, paired) |",
  "| --- | --- | --- | --- | --- |",
  row("Brown, 400 sentences", "each word's usual tag", brown.unigram, brown.lora, OVERLAP.brown),
  row("Brown, 400 sentences", "head on frozen MiniLM", brown.head, brown.lora, OVERLAP.brown),
  row("SpamAssassin, 900 mails", "TF-IDF + logistic regression", mails.tfidf, mails.lora, OVERLAP.mails),
  row("SpamAssassin, 900 mails", "head on frozen MiniLM", mails.head, mails.lora, OVERLAP.mails),
];
console.log(lines.join("\n"));
const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  const machine = { cpu: cpus()[0].model, threads: cpus().length, node: process.version };
  const raw = { machine, seeds: SEEDS, brown, mails, seconds };
  writeFileSync(join(folder, "raw.json"), `${JSON.stringify(raw, undefined, 2)}\n`);
  const text = `# LoRA beside a head on a frozen model, ${SEEDS.length} seeds\n\n${lines.join("\n")}\n\nMeans over the seeds; of each difference the interval of Student's t over the seeds, corrected where they part the same mails (Nadeau and Bengio 2003). Each run's last state is judged.\n`;
  writeFileSync(join(folder, "summary.md"), text);
}

function row(job, rival, other, own, overlap) {
  const differences = own.map((value, at) => value - other[at]);
  const middle = mean(differences);
  const spread = Math.sqrt(
    differences.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (differences.length - 1),
  );
  const half = STUDENT[own.length - 1] * spread * Math.sqrt(1 / own.length + overlap);
  const percent = (value) => (100 * value).toFixed(1);
  return `| ${job} | ${rival} | ${percent(mean(other))} % | ${percent(mean(own))} % | ${percent(middle)} (${percent(middle - half)} … ${percent(middle + half)}) |`;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
