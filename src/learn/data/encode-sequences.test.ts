/** Conversations against what transformers renders, and which tokens it holds for the assistant's (test/oracles/tuning_data.py). */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { dataset } from "../../../test/support/datasets.ts";
import { TUNING_DATA, tinyTokenizer } from "../../../test/support/tokenizers.ts";
import { type ChatTemplate, chatTemplate } from "../../models/chat-template.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import { type DecoderDataset, encodeSequences, type TokenSequence } from "./encode-sequences.ts";
import type { Example, Examples } from "./example.ts";

const TODAY = new Date("2026-07-26T00:00:00Z");
let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await tinyTokenizer("chat");
});

const special = (eos: string) => ({
  special: { ...tokenizer.special, eos: { id: tokenizer.idOf(eos)!, token: eos } },
});
const templateOf = (name: string, eos = "<|im_end|>"): ChatTemplate =>
  chatTemplate(name, TUNING_DATA.templates[name] ?? name, { tokenizer: special(eos), today: TODAY });
const encode = (
  data: Examples,
  {
    template,
    eos = "<|im_end|>",
    maxLength = 10_000,
    ends,
  }: { template?: string; eos?: string; maxLength?: number; ends?: "refuse" } = {},
) =>
  encodeSequences(dataset(data) as DecoderDataset, {
    tokenizer: { ...tokenizer, ...special(eos) },
    stops: new Set([tokenizer.idOf(eos)!]),
    maxLength,
    ...(template !== undefined && { template: templateOf(template, eos) }),
    ...(ends !== undefined && { ends }),
  });
const keptText = ({ ids, kept }: TokenSequence): string =>
  tokenizer.decode(ids.filter((_, at) => kept[at] === 1));
const chat = (...contents: string[]): Example<"chat"> => ({
  messages: contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
  answersFrom: 0,
});

test.each(TUNING_DATA.chats.map((golden) => [golden.template, golden.chat, golden] as const))(
  "%s, %s: rendered, tokenized and marked as transformers does",
  (name, _, { messages, eos, text, prompt, ids, kept }) => {
    const template = templateOf(name, eos);
    expect(template.render(messages, { generationPrompt: false })).toBe(text);
    expect(template.render(messages.slice(0, -1), { generationPrompt: true })).toBe(prompt);
    const { sequences, stops } = encode(
      { kind: "chat", examples: [{ messages, answersFrom: 0 }] },
      { template: name, eos },
    );
    const last = sequences.at(-1)!;
    // What follows the last token that is learned is left off.
    const end = kept.lastIndexOf(1) + 1;
    expect(last.ids.slice(0, end)).toEqual(ids.slice(0, end));
    expect(stops).toMatchObject({ appended: 0, missing: 0 });
    if (sequences.length === 1) {
      expect([...last.kept].slice(0, end)).toEqual(kept.slice(0, end));
    } else {
      // Only the last answer is learned in the last sequence.
      const start = kept.lastIndexOf(0, end - 1) + 1;
      expect([...last.kept].slice(0, end)).toEqual(
        kept.slice(0, end).map((one, at) => (at < start ? 0 : one)),
      );
    }
  },
);

test("answers that a template writes in another way later are learned as they are when they are given", () => {
  const { sequences, split } = encode(
    { kind: "chat", examples: [chat("one", "two", "three", "four")] },
    { template: "think" },
  );
  expect(split).toBe(1);
  expect(sequences.map(keptText)).toEqual([
    "<think>\n\n</think>\ntwo<|im_end|>",
    "<think>\n\n</think>\nfour<|im_end|>",
  ]);
  expect(tokenizer.decode(sequences[1]!.ids)).not.toContain("</think>\ntwo");
});

test("whatever is said, the answers are learned with their ends, and nothing else", () => {
  const content = fc
    .string({ minLength: 1, unit: "grapheme" })
    .filter((text) => !/<[|/s]|\p{Surrogate}/u.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 3 }), (turns) => {
      const said = turns.flat();
      const { sequences } = encode({ kind: "chat", examples: [chat(...said)] }, { template: "chatml" });
      expect(sequences).toHaveLength(1);
      expect(keptText(sequences[0]!)).toBe(turns.map(([, answer]) => `${answer}<|im_end|>`).join(""));
    }),
  );
});

const contains = (text: string) => expect.stringContaining(text);

test("answers before the completion of a prompt of messages are not learned", () => {
  const examples = [{ ...chat("one", "two", "three", "four"), answersFrom: 3 }];
  expect(encode({ kind: "chat", examples }, { template: "chatml" }).sequences.map(keptText)).toEqual([
    "four<|im_end|>",
  ]);
});

test("where the assistant speaks first, only what it says is learned", () => {
  const greeting: Example<"chat"> = { messages: [{ role: "assistant", content: "hello" }], answersFrom: 0 };
  const strict =
    "{% if not messages %}{{ raise_exception('empty') }}{% endif %}{{ 'x' + messages[0].content + '<|im_end|>' }}";
  const kept = (template: string) =>
    encode({ kind: "chat", examples: [greeting] }, { template }).sequences.map(keptText);
  expect(kept("chatml")).toEqual(["hello<|im_end|>"]);
  // The first token is never learned: nothing comes before it.
  expect(kept(strict)).toEqual(["hello<|im_end|>"]);
});

test("an answer that nothing ends gets the end of the text, or is refused", () => {
  const plain =
    "{% for message in messages %}{{ message.role + ': ' + message.content + '\\n' }}{% endfor %}";
  const data: Examples = { kind: "chat", examples: [chat("one", "two", "three", "four")] };
  const { sequences, stops } = encode(data, { template: plain });
  expect(stops).toEqual({ found: 0, appended: 1, missing: 1 });
  expect(keptText(sequences[0]!)).toBe("assistant: two\nassistant: four\n<|im_end|>");
  expect(() => encode(data, { template: plain, ends: "refuse" })).toThrow("would not learn to stop");
});

test("an answer that the name of the next speaker stops is learned with it", () => {
  const template = "{% for message in messages %}{{ '<|im_start|>' + message.content }}{% endfor %}";
  const { sequences, stops } = encodeSequences(
    dataset({ kind: "chat", examples: [chat("one", "two", "three", "four")] }) as DecoderDataset,
    {
      tokenizer,
      template: templateOf(template),
      stops: new Set(["<|im_start|>", "<|im_end|>"].map((token) => tokenizer.idOf(token)!)),
      maxLength: 100,
    },
  );
  expect(stops).toEqual({ found: 1, appended: 1, missing: 0 });
  expect(keptText(sequences[0]!)).toBe("<|im_start|>two<|im_start|><|im_start|>four<|im_end|>");
});

test("a template that writes no answers, one that refuses roles, and one that is broken are told", () => {
  const data: Examples = { kind: "chat", examples: [chat("one", "two")] };
  const silent =
    "{% for message in messages %}{% if message.role == 'user' %}{{ message.content }}{% endif %}{% endfor %}";
  expect(() => encode(data, { template: silent })).toThrow("writes nothing of it");
  expect(() => encode(data, { template: "{{ raise_exception('no such role') }}" })).toThrow(
    "test.jsonl, line 1, cannot be written by the chat template: no such role",
  );
  expect(() => encode(data, { template: "{% for %}" })).toThrow("cannot be read");
});

test("of prompt and completion only the completion is learned, with the end of the text", () => {
  const { sequences, stops } = encode({
    kind: "completion",
    examples: [{ prompt: "The capital of", completion: " France" }],
  });
  expect(tokenizer.decode(sequences[0]!.ids)).toBe("The capital of France<|im_end|>");
  expect(keptText(sequences[0]!)).toBe(" France<|im_end|>");
  expect(stops).toEqual({ found: 0, appended: 1, missing: 0 });
});

test("a token of prompt and completion together is learned", () => {
  const whole = "The capital";
  const cut = Array.from({ length: whole.length - 1 }, (_, at) => at + 1).find(
    (at) =>
      tokenizer.encode(whole.slice(0, at)).length + tokenizer.encode(whole.slice(at)).length >
      tokenizer.encode(whole).length,
  )!;
  const { sequences } = encode({
    kind: "completion",
    examples: [{ prompt: `x ${whole.slice(0, cut)}`, completion: whole.slice(cut) }],
  });
  expect(tokenizer.decode(sequences[0]!.ids)).toBe(`x ${whole}<|im_end|>`);
  expect(keptText(sequences[0]!).length).toBeGreaterThan(whole.length - cut + "<|im_end|>".length);
});

test("a long text goes on in the next sequence: each token is learned once, but the very first", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 80 }),
      fc.integer({ min: 2, max: 20 }),
      (text, maxLength) => {
        fc.pre(!text.includes("<"));
        const { sequences, truncated } = encode({ kind: "text", examples: [{ text }] }, { maxLength });
        const all = [...tokenizer.encode(text), tokenizer.idOf("<|im_end|>")];
        const learned = sequences.flatMap(({ ids, kept }) => ids.filter((_, at) => kept[at] === 1));
        expect(learned).toEqual(all.slice(1));
        expect(Math.max(...sequences.map(({ ids }) => ids.length))).toBeLessThanOrEqual(maxLength);
        expect(truncated).toBe(0);
      },
    ),
  );
});

test("answers that are cut lose their end; those of which nothing is left are left out; both are counted", () => {
  const examples = [
    chat("hi", "a long answer, longer than it may be"),
    chat("a question that takes all of the room", "x"),
  ];
  const made = encode({ kind: "chat", examples }, { template: "chatml", maxLength: 24 });
  expect(made).toMatchObject({ truncated: 2, dropped: 1 });
  expect(made.sequences).toHaveLength(1);
  expect(made.sequences[0]!.ids).toHaveLength(24);
  expect(() =>
    encode({ kind: "chat", examples: [examples[1]!] }, { template: "chatml", maxLength: 24 }),
  ).toThrow("can be learned");
});

test("dates in templates are those of the run, not of the day on which it goes on", () => {
  const { render } = templateOf("{{ strftime_now('%d %b %Y, %A') }}");
  expect(render([], { generationPrompt: false })).toEqual(contains("26 Jul 2026, Sunday"));
});
