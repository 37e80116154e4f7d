/** Against what transformers' own tokenizers answered (test/oracles/tuning_data.py). */
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { type TinyTokenizer, TUNING_DATA, tinyTokenizer } from "../../test/support/tokenizers.ts";
import { makeTokenizer, openTokenizer } from "./open-tokenizer.ts";

const NAMES: readonly TinyTokenizer[] = ["wordpiece", "roberta", "unigram", "chat"];

test.each(NAMES)(
  "%s: texts become the ids that transformers makes of them, and texts again",
  async (name) => {
    const tokenizer = await tinyTokenizer(name);
    for (const { text, ids, framed, decoded } of TUNING_DATA[name].texts) {
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.frame(ids).ids, text).toEqual(framed);
      expect(tokenizer.decode(ids), text).toBe(decoded);
    }
  },
);

test.each(NAMES.slice(0, 3))(
  "%s: words of a cut text have the tokens that transformers gives them",
  async (name) => {
    const tokenizer = await tinyTokenizer(name);
    const { words, ids } = TUNING_DATA[name].words;
    expect(tokenizer.frame(tokenizer.encodeWords(words).flat()).ids).toEqual(ids);
  },
);

test("words of a tokenizer that writes spaces into tokens are those of the whole text", async () => {
  const tokenizer = await tinyTokenizer("chat");
  const words = ["Peter", "picked", "a", "woodchuck"];
  expect(tokenizer.encodeWords(words).flat()).toEqual(tokenizer.encode(words.join(" ")));
});

test("special tokens, size and limit are told", async () => {
  const wordpiece = await tinyTokenizer("wordpiece");
  expect(wordpiece.special).toMatchObject({ pad: { id: 0, token: "[PAD]" }, cls: { id: 2 }, sep: { id: 3 } });
  expect([wordpiece.size, wordpiece.maxLength]).toEqual([170, 64]);
  expect([wordpiece.frameSize(false), wordpiece.frameSize(true)]).toEqual([2, 3]);
  const chat = await tinyTokenizer("chat");
  expect(chat.special.eos).toEqual({ id: chat.idOf("<|im_end|>"), token: "<|im_end|>" });
  expect([chat.maxLength, chat.frameSize(true)]).toEqual([undefined, 0]);
});

test("a folder without a tokenizer says how to get one", async () => {
  const { files } = fakeWorld({ files: { "m/vocab.txt": "" } });
  await expect(openTokenizer(files, "m")).rejects.toMatchObject({ code: "model-incomplete" });
});

test.each([
  ["{", "bad-model"],
  ["[]", "bad-model"],
  [
    '{"model": {"type": "Unheard"}, "decoder": null, "post_processor": null, "pre_tokenizer": null, "normalizer": null, "added_tokens": []}',
    "bad-model",
  ],
])("a tokenizer.json that is %s is refused by name", async (content, code) => {
  const { files } = fakeWorld({ files: { "m/tokenizer.json": content } });
  await expect(openTokenizer(files, "m")).rejects.toMatchObject({
    code,
    what: "m/tokenizer.json cannot be used",
  });
});

test("a token without an id, where there is none for unknown ones, is a failure, never a hole", () => {
  const tokenizer = makeTokenizer(
    {
      model: { type: "WordPiece", vocab: { a: 0 }, unk_token: "[UNK]", continuing_subword_prefix: "##" },
      added_tokens: [],
      decoder: null,
      post_processor: null,
      pre_tokenizer: null,
      normalizer: null,
    },
    {},
  );
  expect(tokenizer.encode("a")).toEqual([0]);
  expect(() => tokenizer.encode("b")).toThrow("no id");
});

test("whichever file fails, the failure names a file", async () => {
  for (const call of [1, 2, 3]) {
    const world = fakeWorld({
      files: { "m/tokenizer.json": "{}" },
      failAt: { call, code: "EIO" },
    });
    const opened = openTokenizer(world.files, "m");
    await expect(opened).rejects.toMatchObject({ code: "file-unreadable" });
  }
});
