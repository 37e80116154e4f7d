import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { ADAMW_DEFAULTS } from "../../graph/passes/build-adamw.ts";
import type { TrainPlan } from "../../learn/train/train-state.ts";
import { openEncoderJob } from "./encoder-job.ts";
import { type EncoderRecipe, settleRecipe } from "./recipe.ts";

const FIXTURES = join(import.meta.dirname, "../../../test/fixtures");
const fixture = (path: string): Uint8Array => Uint8Array.from(readFileSync(join(FIXTURES, path)));
/** BERT with 61 words; the tokenizer has 170, of which single letters are the first. */
const MODEL = {
  "/m/config.json": fixture("models/bert/config.json"),
  "/m/model.safetensors": fixture("models/bert/model.safetensors"),
  "/m/tokenizer.json": fixture("tokenizers/wordpiece/tokenizer.json"),
  "/m/tokenizer_config.json": fixture("tokenizers/wordpiece/tokenizer_config.json"),
};
const PLAN = {
  epochs: 1,
  accumulate: 1,
  rate: 1e-3,
  schedule: { kind: "constant", warmup: 0 },
  adamw: ADAMW_DEFAULTS,
  leastGain: 0,
  checkpointEvery: 50,
} as TrainPlan;

async function open(texts: readonly string[], availableBytes: number, memory = "auto") {
  const csv = ["text,label", ...texts.map((text, at) => `${text},${at % 2 === 0 ? "yes" : "no"}`)].join("\n");
  const world = fakeWorld({
    files: { ...MODEL, "/d.csv": csv },
    machine: { availableBytes: () => availableBytes },
  });
  const values = {
    model: "/m",
    data: "/d.csv",
    task: "text-classification",
    out: "/out",
    maxLength: 12,
    memory,
  };
  const recipe = settleRecipe([{ from: "the test", values }]);
  return await openEncoderJob(world, recipe as EncoderRecipe, PLAN, "/out/work");
}
/** No two are equal: equal texts stay on one side of the split. */
const LETTERS = Array.from({ length: 60 }, (_, at) => `${"abcdefgh"[at % 8]} ${"abcdefgh"[at >> 3]}`);

test("where memory is plenty nothing is computed twice, and a run that asks for less gets it", async () => {
  expect((await open(LETTERS, 4e9)).facts.memory).toBe("keep");
  expect((await open(LETTERS, 4e9, "recompute")).facts.memory).toBe("recompute");
});

test("a run that does not fit in any mode is refused before anything is opened", async () => {
  await expect(open(LETTERS, 20e6)).rejects.toMatchObject({
    code: "memory-too-small",
    why: expect.stringContaining("20"),
  });
});

test("a tokenizer with more words than the model has rows is refused with the place", async () => {
  await expect(open([...LETTERS, "a tool"], 4e9)).rejects.toMatchObject({
    code: "bad-data",
    what: expect.stringMatching(/row \d+, token 3 is 168/),
    why: "the vocabulary has the tokens 0 to 60",
  });
});
