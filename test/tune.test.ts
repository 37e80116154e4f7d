/** `frugal tune` as a user runs it: results, refusals, interruptions and kills. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../src/core/random.ts";
import { readSafetensors } from "../src/formats/safetensors.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import { killUntilDone } from "./support/killed-runs.ts";
import { taggedSentences, writeTinyEncoder } from "./support/tiny-encoder.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-tune-"));
const home = join(scratch, "home");
const env = { ...process.env, FRUGAL_HOME: home, NO_COLOR: "1" };
afterAll(() => rmSync(scratch, { recursive: true }));
beforeAll(async () => {
  await writeTinyEncoder(join(scratch, "model"));
  writeFileSync(join(scratch, "train.jsonl"), taggedSentences(160, 1));
  writeFileSync(join(scratch, "test.jsonl"), taggedSentences(40, 2));
});

const SHORT = ["--max-steps", "24", "--checkpoint-every", "4", "--batch-tokens", "96", "--threads", "1"];
const args = (out: string, more: readonly string[] = []): string[] => [
  COMMAND, "tune", "--model", "model", "--data", "train.jsonl", "--validation", "test.jsonl",
  "--task", "token-classification", "--out", out, ...more,
]; // biome-ignore format: one line reads as one command
function tune(out: string, more: readonly string[] = []) {
  return spawnSync(process.execPath, args(out, more), { cwd: scratch, env, encoding: "utf8" });
}
const start = (out: string, more: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, args(out, more), { cwd: scratch, env, stdio: "ignore" });

const bytesOf = (out: string, name = "adapter_model.safetensors"): Buffer =>
  readFileSync(join(scratch, out, name));
const stepOf = (out: string): number => {
  const path = join(scratch, out, "checkpoint", "checkpoint.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).state.step : 0;
};
const receipts = (): Receipt[] =>
  readdirSync(join(home, "ledger/pending")).map((name) =>
    JSON.parse(readFileSync(join(home, "ledger/pending", name), "utf8")),
  );

test("a tiny model learns the tags of words, and leaves a folder that says all about it", () => {
  const { status, stdout, stderr } = tune("learned", [
    "--epochs",
    "6",
    "--rate",
    "0.01",
    "--batch-tokens",
    "256",
    "--json",
  ]);
  expect(status, stderr).toBe(0);
  const told = JSON.parse(stdout);
  expect(told.preflight).toMatchObject({
    examples: 160,
    held: 40,
    labels: ["animal", "colour", "place"],
    adapted: 12,
  });
  expect(told.forecast.seconds).toBeGreaterThan(0);
  // A few words begin with the same token: 0.934 is the most that can be had.
  expect(told.result.best.metrics.accuracy).toBeGreaterThan(0.9);
  expect(told.receipt).toMatchObject({ kind: "train", outcome: { status: "ok" }, work: { unit: "token" } });
  expect(told.receipt.software["onnxruntime-node"]).toMatch(/^\d+\.\d+/);
  expect(readdirSync(join(scratch, "learned")).sort()).toEqual([
    "README.md", "adapter_config.json", "adapter_model.safetensors", "checkpoint", "frugal-task.json",
    "loss.svg", "metrics.json", "receipt.json", "recipe.yaml",
  ]); // biome-ignore format: one block
  const { tensors } = readSafetensors("adapter", bytesOf("learned"));
  expect(
    tensors.get("base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight")?.shape,
  ).toEqual([8, 32]);
  expect(tensors.get("base_model.model.classifier.weight")?.shape).toEqual([3, 32]);
  expect(bytesOf("learned", "README.md").toString()).toMatch(
    /base_model_relation: adapter[\s\S]*co2_eq_emissions:/,
  );
});

test("the recipe that a run leaves makes the same result again", () => {
  expect(tune("first", SHORT).status).toBe(0);
  const recipe = readFileSync(join(scratch, "first", "recipe.yaml"), "utf8").replace(
    /^out: .*$/m,
    `out: ${join(scratch, "again")}`,
  );
  writeFileSync(join(scratch, "again.yaml"), recipe);
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, "tune", "again.yaml"], {
    cwd: scratch,
    env,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(bytesOf("again").equals(bytesOf("first"))).toBe(true);
});

test("a folder that is taken is refused, and so is a checkpoint of another run", () => {
  expect(tune("first", SHORT)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("it holds the result of a run"),
  });
  rmSync(join(scratch, "first", "metrics.json"));
  expect(tune("first", SHORT)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("go on with --resume"),
  });
  const { status, stderr } = tune("first", [...SHORT, "--rate", "0.5", "--resume"]);
  expect(status).toBe(2);
  expect(stderr).toContain("rate: 0.001 then, 0.5 now");
});

test("a dry run tells what the run would be, and leaves nothing behind", () => {
  const { status, stderr } = tune("dry", [...SHORT, "--dry-run"]);
  expect(status, stderr).toBe(0);
  expect(stderr).toMatch(/forecast: .* of memory, about /);
  expect(existsSync(join(scratch, "dry", "checkpoint"))).toBe(false);
  expect(existsSync(join(scratch, "dry"))).toBe(false);
});

test("Ctrl+C ends the run behind a step with a checkpoint; going on gives the same bytes as never stopping", async () => {
  expect(tune("whole", SHORT).status).toBe(0);
  const child = start("stopped", SHORT);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  while (stepOf("stopped") < 4 && child.exitCode === null) await sleep(5);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(receipts().some(({ kind, outcome }) => kind === "train" && outcome.status === "interrupted")).toBe(
    true,
  );
  const step = stepOf("stopped");
  expect(step).toBeGreaterThanOrEqual(4);
  const { status, stderr } = tune("stopped", [...SHORT, "--resume"]);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain(`going on from step ${step}`);
  expect(bytesOf("stopped").equals(bytesOf("whole"))).toBe(true);
});

/** More with FRUGAL_KILLS=50. */
const KILLS = Number(process.env["FRUGAL_KILLS"] ?? 6);
test.skipIf(process.platform !== "linux")(
  `${KILLS} times killed at a random moment, a run is always gone on with, and ends with the same bytes`,
  async () => {
    const runs = await killUntilDone(
      () => start("killed", [...SHORT, "--resume"]),
      () => stepOf("killed"),
      { kills: KILLS, random: seededRandom(5) },
    );
    expect(runs.at(-1)?.status).toBe(0);
    for (const { status } of runs) expect([0, 2]).toContain(status);
    expect(runs.some(({ status, step }) => status === 2 && step > 0)).toBe(true);
    expect(bytesOf("killed").equals(bytesOf("whole"))).toBe(true);
  },
);

test.each([
  [
    "nothing to tell apart",
    '{"tokens": ["cat"], "tags": ["x"]}\n{"tokens": ["dog"], "tags": ["x"]}\n',
    "there is nothing to tell apart",
  ],
  ["a broken line", `${taggedSentences(3, 1)}{"tokens": ["cat"], "tags"\n`, "line 4"],
  ["an empty file", "", "broken.jsonl"],
])("%s is refused before any energy is spent on training", (_, content, said) => {
  writeFileSync(join(scratch, "broken.jsonl"), content);
  const { status, stderr } = spawnSync(process.execPath, [...args("refused"), "--data", "broken.jsonl"], {
    cwd: scratch,
    env,
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain("training\n");
});
