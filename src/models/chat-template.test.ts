import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { tinyTokenizer } from "../../test/support/tokenizers.ts";
import { type FindTemplateOptions, openChatTemplate } from "./chat-template.ts";
import type { JsonObject } from "./read-model-json.ts";
import { readStopTokens } from "./stop-tokens.ts";

const TODAY = new Date("2026-01-05T10:20:30Z");

async function open(
  files: Readonly<Record<string, string>>,
  config: JsonObject = {},
  options: Partial<FindTemplateOptions> = {},
) {
  const tokenizer = { ...(await tinyTokenizer("chat")), config };
  const world = fakeWorld({ files: { "m/x": "", ...files } });
  return await openChatTemplate(world.files, { folder: "m", tokenizer }, { today: TODAY, ...options });
}

const render = async (...of: Parameters<typeof open>) =>
  (await open(...of)).render([{ role: "user", content: "hi" }], { generationPrompt: true });

test("a file of its own comes before the one in tokenizer_config.json", async () => {
  const config = { chat_template: "config" };
  expect(await render({}, config)).toBe("config");
  expect(await render({ "m/chat_template.jinja": "file" }, config)).toBe("file");
});

test("of several templates the default is taken, that for tools where there are tools, and any by its name", async () => {
  const config = {
    chat_template: [
      { name: "default", template: "plain" },
      { name: "tool_use", template: "tools" },
      { name: "rag", template: "documents" },
    ],
  };
  expect(await render({}, config)).toBe("plain");
  expect(await render({}, config, { tools: true })).toBe("tools");
  expect(await render({}, config, { name: "rag" })).toBe("documents");
  await expect(open({}, config, { name: "rga" })).rejects.toMatchObject({
    code: "bad-option",
    why: "there are chatml, default, tool_use, rag",
  });
});

test("a model without a template says what to do, and ChatML is there for it", async () => {
  await expect(open({})).rejects.toMatchObject({
    code: "model-incomplete",
    remedy: expect.stringContaining("--chat-template chatml"),
  });
  expect(await render({}, {}, { name: "chatml" })).toBe(
    "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
  );
});

test("a template gets the special tokens, tools and the date that transformers gives it", async () => {
  const template =
    "{{ bos_token }}{{ eos_token }}{% if tools is none %} no tools {% else %}{{ tools | length }}{% endif %}{{ strftime_now('%A, %d %B %Y %H:%M:%S, %y-%m %a %b %Z') }}";
  const { render: write } = await open({}, { chat_template: template });
  expect(write([], { generationPrompt: false })).toBe(
    "<s><|im_end|> no tools Monday, 05 January 2026 10:20:30, 26-01 Mon Jan %Z",
  );
  expect(write([], { generationPrompt: false, tools: [{}, {}] })).toContain("<|im_end|>2Monday");
});

test("tokens that stop are those of tokenizer and generation_config.json, or else config.json", async () => {
  const tokenizer = await tinyTokenizer("chat");
  const own = tokenizer.special.eos!.id;
  const stops = async (files: Readonly<Record<string, string>>) => [
    ...(await readStopTokens(fakeWorld({ files: { "m/x": "", ...files } }).files, "m", tokenizer)),
  ];
  expect(await stops({})).toEqual([own]);
  const config = { "m/config.json": '{"eos_token_id": 7}' };
  expect(await stops(config)).toEqual([7, own]);
  expect(await stops({ ...config, "m/generation_config.json": '{"eos_token_id": [8, 9]}' })).toEqual([
    8,
    9,
    own,
  ]);
  expect(await stops({ ...config, "m/generation_config.json": "{}" })).toEqual([7, own]);
});

test("a file that cannot be read is told, not taken for one that is not there", async () => {
  const tokenizer = await tinyTokenizer("chat");
  const world = fakeWorld({ files: { "m/chat_template.jinja": "x" }, failAt: { call: 1, code: "EIO" } });
  await expect(
    openChatTemplate(world.files, { folder: "m", tokenizer }, { today: TODAY }),
  ).rejects.toMatchObject({ code: "file-unreadable" });
});
