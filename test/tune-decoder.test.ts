/** `frugal tune --task causal-lm` as a user runs it: what was learned by heart is written again, and ends where it ended. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../src/core/random.ts";
import { killUntilDone } from "./support/killed-runs.ts";
import { writeTinyDecoder } from "./support/tiny-decoder.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-tune-decoder-"));
const env = { ...process.env, FRUGAL_HOME: join(scratch, "home"), NO_COLOR: "1" };
afterAll(() => rmSync(scratch, { recursive: true }));

const SAYINGS = [
  ["the fox ", "runs over the hill"],
  ["a dog ", "sleeps in the sun"],
  ["my cat ", "drinks cold milk"],
] as const;
const rows = (items: readonly unknown[]): string =>
  `${items.map((item) => JSON.stringify(item)).join("\n")}\n`;

beforeAll(() => {
  writeTinyDecoder(join(scratch, "model"));
  const sayings = SAYINGS.map(([prompt, completion]) => ({ prompt, completion }));
  writeFileSync(join(scratch, "sayings.jsonl"), rows(sayings));
  writeFileSync(join(scratch, "prompts.jsonl"), rows(SAYINGS.map(([text]) => ({ text }))));
  const chats = SAYINGS.map(([content, answer]) => ({
    messages: [
      { role: "user", content },
      { role: "assistant", content: answer },
    ],
  }));
  writeFileSync(join(scratch, "chats.jsonl"), rows(chats));
});

function frugal(...args: readonly string[]) {
  return spawnSync(process.execPath, [COMMAND, ...args], { cwd: scratch, env, encoding: "utf8" });
}
const LEARN = [
  "--epochs",
  "60",
  "--rate",
  "0.01",
  "--batch-tokens",
  "64",
  "--threads",
  "1",
  "--patience",
  "60",
];
const args = (data: string, out: string, more: readonly string[]): string[] => [
  "tune", "--model", "model", "--data", data, "--validation", data, "--task", "causal-lm", "--out", out, ...more,
]; // biome-ignore format: one command line
const tune = (data: string, out: string, more: readonly string[] = LEARN) => frugal(...args(data, out, more));
const bytesOf = (out: string): Buffer => readFileSync(join(scratch, out, "adapter_model.safetensors"));

test("a tiny Llama learns sayings by heart, says them again greedily, and stops", () => {
  const { status, stdout, stderr } = tune("sayings.jsonl", "learned", [...LEARN, "--json"]);
  expect(status, stderr).toBe(0);
  const { preflight, result, receipt } = JSON.parse(stdout);
  expect(preflight).toMatchObject({ examples: 3, held: 3, adapted: 14, labels: [] });
  const { perplexity, perplexity_low, perplexity_high } = result.best.metrics;
  expect(perplexity).toBeLessThan(1.1);
  expect(perplexity_low).toBeLessThanOrEqual(perplexity);
  expect(perplexity_high).toBeGreaterThanOrEqual(perplexity);
  expect(receipt).toMatchObject({ kind: "train", outcome: { status: "ok" } });
  expect(JSON.parse(readFileSync(join(scratch, "learned/frugal-task.json"), "utf8"))).toEqual({
    task: "causal-lm",
    max_length: 256,
  });
  const run = frugal(
    "run",
    "--adapter",
    "learned",
    "-i",
    "prompts.jsonl",
    "--max-new-tokens",
    "40",
    "--json",
  );
  expect(run.status, run.stderr).toBe(0);
  const texts = JSON.parse(run.stdout).results.map(({ text }: { text: string }) => text);
  expect(texts).toEqual(SAYINGS.map(([prompt, completion]) => prompt + completion));
});

test("what was learned from conversations answers them, in the template that it was told with", () => {
  const learned = tune("chats.jsonl", "chats");
  expect(learned.status, learned.stderr).toBe(0);
  expect(learned.stdout).toContain("perplexity 1.0");
  const task = JSON.parse(readFileSync(join(scratch, "chats/frugal-task.json"), "utf8"));
  expect(task.chat_template).toBe("default");
  const { stdout, stderr } = frugal(
    "run",
    "--adapter",
    "chats",
    "-i",
    "my cat ",
    "--max-new-tokens",
    "40",
    "--json",
  );
  expect(JSON.parse(stdout).results[0].text, stderr).toBe(`${SAYINGS[2][1]}. `);
});

test("a run that was cut off goes on only as it began, and to the same bytes", () => {
  const short = [
    "--epochs",
    "6",
    "--rate",
    "0.01",
    "--batch-tokens",
    "64",
    "--threads",
    "1",
    "--checkpoint-every",
    "2",
  ];
  expect(tune("sayings.jsonl", "whole", short).status).toBe(0);
  expect(tune("sayings.jsonl", "cut", [...short, "--max-steps", "3"]).status).toBe(0);
  rmSync(join(scratch, "cut/metrics.json"));
  const other = tune("sayings.jsonl", "cut", [...short, "--resume", "--unpacked"]);
  expect(other.stderr).toMatch(/unpacked/);
  // The schedule knows its end: steps up to the cut were those of a shorter run.
  const again = tune("sayings.jsonl", "again", [...short, "--max-steps", "3"]);
  expect(again.status).toBe(0);
  expect(bytesOf("again").equals(bytesOf("cut"))).toBe(true);
});

test.skipIf(process.platform !== "linux")(
  "a run that is killed at random moments ends with the bytes of one that never stopped",
  async () => {
    const steps = ["--epochs", "20", "--checkpoint-every", "4", "--batch-tokens", "64", "--threads", "1"];
    expect(tune("sayings.jsonl", "unstopped", steps).status).toBe(0);
    const checkpoint = join(scratch, "killed/checkpoint/checkpoint.json");
    const runs = await killUntilDone(
      () =>
        spawn(process.execPath, [COMMAND, ...args("sayings.jsonl", "killed", [...steps, "--resume"])], {
          cwd: scratch,
          env,
          stdio: "ignore",
        }),
      () => (existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, "utf8")).state.step : 0),
      { kills: 3, random: seededRandom(9) },
    );
    expect(runs.at(-1)?.status).toBe(0);
    expect(runs.some(({ status, step }) => status === 2 && step > 0)).toBe(true);
    expect(bytesOf("killed").equals(bytesOf("unstopped"))).toBe(true);
  },
);

test("a run is not gone on with when its model's weights have changed", () => {
  writeTinyDecoder(join(scratch, "changing"));
  const run = (more: readonly string[]) =>
    frugal(
      "tune", "--model", "changing", "--data", "sayings.jsonl", "--validation", "sayings.jsonl", "--task", "causal-lm",
      "--out", "changed", "--max-steps", "2", "--checkpoint-every", "1", ...more,
    ); // biome-ignore format: one command line
  expect(run([]).status).toBe(0);
  rmSync(join(scratch, "changed/metrics.json"));
  writeTinyDecoder(join(scratch, "changing"), 4);
  const { status, stderr } = run(["--resume"]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/model\.safetensors/);
});

test.each([
  ["head", ["--method", "head"], /not tuned by the method head/],
  ["a cut before every answer", ["--max-length", "4"], /nothing of chats.jsonl/],
  ["a template that is not there", ["--chat-template", "vicuna"], /no chat template vicuna/],
])("refused before any energy is spent: %s", (name, more, message) => {
  const out = `refused-${name.length}`;
  const { status, stderr } = tune("chats.jsonl", out, [...LEARN, ...more]);
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(existsSync(join(scratch, out))).toBe(false);
});

test("a model that is no decoder is refused by what it is, not by what its folder lacks", () => {
  mkdirSync(join(scratch, "encoder"));
  writeFileSync(join(scratch, "encoder/config.json"), '{"model_type": "bert"}');
  const { status, stderr } = frugal(
    "tune", "--model", "encoder", "--data", "sayings.jsonl", "--task", "causal-lm", "--out", "none",
  ); // biome-ignore format: one command line
  expect(status).toBe(2);
  expect(stderr).toMatch(/no decoder[\s\S]*model_type is bert[\s\S]*llama/);
});

test("conversations for a model without a chat template are refused, with what can be done", () => {
  rmSync(join(scratch, "model/chat_template.jinja"));
  const { status, stderr } = tune("chats.jsonl", "bare");
  expect(status).toBe(2);
  expect(stderr).toContain("--chat-template chatml");
  expect(bytesOf("learned").length).toBeGreaterThan(0);
});
