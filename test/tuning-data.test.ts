/** From a model's folder and a file of conversations to batches, through everything between. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FrugalError } from "../src/core/error.ts";
import type { Files } from "../src/core/ports.ts";
import {
  decoderEpoch,
  decoderShape,
  fillDecoderBatch,
  planDecoderBatches,
} from "../src/learn/data/decoder-batches.ts";
import { type DecoderDataset, encodeSequences } from "../src/learn/data/encode-sequences.ts";
import { datasetFindings, sequenceFindings } from "../src/learn/data/findings.ts";
import { describeMapping } from "../src/learn/data/mapping.ts";
import { maskPreview } from "../src/learn/data/mask-preview.ts";
import { openDataset } from "../src/learn/data/open-dataset.ts";
import { splitDataset } from "../src/learn/data/split-dataset.ts";
import { vocabularyFacts } from "../src/learn/data/token-facts.ts";
import { openChatTemplate } from "../src/models/chat-template.ts";
import { openTokenizer } from "../src/models/open-tokenizer.ts";
import { readStopTokens } from "../src/models/stop-tokens.ts";
import { labelMaskLine } from "../src/report/label-mask.ts";
import { fakeWorld } from "./support/fake-world.ts";
import { tokenizerFolder } from "./support/tokenizers.ts";

const FOLDER = tokenizerFolder("chat");
const chats = Array.from({ length: 20 }, (_, at) =>
  JSON.stringify({
    conversations: [
      { from: "human", value: `Who picked peck ${at}?` },
      { from: "gpt", value: at % 4 === 0 ? "Peter Piper." : "Nobody did, they say.".repeat(1 + (at % 3)) },
    ],
  }),
).join("\n");
const FILES = {
  "d/chats.jsonl": chats,
  "m/config.json": '{"vocab_size": 330}',
  ...Object.fromEntries(
    readdirSync(FOLDER).map((name) => [`m/${name}`, readFileSync(join(FOLDER, name), "utf8")]),
  ),
};

async function prepare(files: Files) {
  const dataset = (await openDataset(files, "d/chats.jsonl", {
    accept: ["chat", "completion", "text"],
  })) as DecoderDataset;
  const tokenizer = await openTokenizer(files, "m");
  const template = await openChatTemplate(files, { folder: "m", tokenizer }, { today: new Date(0) });
  const stops = await readStopTokens(files, "m", tokenizer);
  const { train, validation } = splitDataset(dataset, { seed: 1, share: 0.2 });
  const encoded = encodeSequences(train as DecoderDataset, { tokenizer, template, stops, maxLength: 128 });
  const plan = planDecoderBatches(encoded.sequences, decoderShape(encoded.sequences, { batchTokens: 256 }));
  return { dataset, tokenizer, train, validation, encoded, plan };
}

test("conversations become batches of which the answers are learned, and it can be seen that they are", async () => {
  const { dataset, tokenizer, train, validation, encoded, plan } = await prepare(
    fakeWorld({ files: FILES }).files,
  );
  expect(describeMapping(dataset.mapping)).toBe("conversations <- conversations");
  expect([train.examples.length, validation.examples.length]).toEqual([16, 4]);
  expect(datasetFindings(train, validation)).toEqual([]);
  const vocabulary = vocabularyFacts(encoded.sequences, { tokenizer: tokenizer.size, rows: 330 });
  expect(sequenceFindings(encoded, vocabulary)).toEqual([]);
  const first = encoded.sequences[train.places.indexOf(2)]!;
  expect(labelMaskLine(maskPreview(first, tokenizer), { colour: false })).toBe(
    "<|im_start|>user↵Who picked peck 1?<|im_end|>↵<|im_start|>assistant↵⟦Nobody did, they say.Nobody did, they say.<|im_end|>⟧↵",
  );
  const kept = decoderEpoch(plan, { seed: 1, epoch: 0 }).map(
    (batch) => fillDecoderBatch(plan, batch, { padId: 0 }).kept,
  );
  const learned = encoded.sequences.reduce((sum, one) => sum + one.kept.filter(Boolean).length, 0);
  expect(kept.reduce((sum, count) => sum + count, 0)).toBe(learned);
  expect(plan.padding / plan.tokens).toBeLessThan(0.5);
});

test("whichever file cannot be read, the failure is clear and names a file", async () => {
  const whole = fakeWorld({ files: FILES });
  await prepare(whole.files);
  expect(whole.fileCalls()).toBeGreaterThan(5);
  for (let call = 1; call <= whole.fileCalls(); call++) {
    const { files } = fakeWorld({ files: FILES, failAt: { call, code: "EIO" } });
    const thrown = await prepare(files).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(FrugalError);
    expect((thrown as FrugalError).message).toMatch(/cannot read [dm]\//);
  }
});
