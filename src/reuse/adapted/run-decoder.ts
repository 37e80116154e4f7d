/** A decoder with its adapter merged, on texts and conversations. */
import { FrugalError, invariant } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import type { EngineItem, EngineOutput, RunOptions } from "../../engines/engine.ts";
import { checkTokens } from "../../learn/check-batch.ts";
import { openAdaptedDecoder } from "../../learn/lora/adapted-decoder.ts";
import type { Adapter } from "../../learn/lora/adapter.ts";
import type { DecoderAdapterTask } from "../../learn/lora/adapter-task.ts";
import { type ChatMessage, type ChatTemplate, openChatTemplate } from "../../models/chat-template.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import { readStopTokens } from "../../models/stop-tokens.ts";
import { openGenerator } from "./generate.ts";
import { tokenPicker } from "./pick-token.ts";
import type { OpenRun, Run } from "./run-encoder.ts";

/** Enough for an answer of a few sentences. */
const MOST_NEW_TOKENS = 256;

export interface DecoderSources {
  readonly task: DecoderAdapterTask;
  readonly adapter: Adapter;
  readonly base: string;
  readonly tokenizer: Tokenizer;
  /** Where the tokenizer and its chat template lie. */
  readonly tokenizerFolder: string;
  /** The day that templates write. */
  readonly today: Date;
  readonly scratch: string;
  readonly maxTokens?: number;
}

export async function openDecoderRun(files: Files, sources: DecoderSources): Promise<OpenRun> {
  const { tokenizer, tokenizerFolder, today, task, scratch, maxTokens } = sources;
  const decoder = await openAdaptedDecoder(files, sources.base, sources.adapter);
  const generate = await openGenerator(files, decoder, scratch);
  const stops = await readStopTokens(files, decoder.folder, tokenizer);
  let template: Promise<ChatTemplate> | undefined;
  const templateOf = (): Promise<ChatTemplate> => {
    template ??= openChatTemplate(
      files,
      { folder: tokenizerFolder, tokenizer },
      { today, ...(task.chatTemplate !== undefined && { name: task.chatTemplate }) },
    );
    return template;
  };
  const promptOf = async (messages: readonly ChatMessage[]): Promise<readonly number[]> =>
    tokenizer.encode((await templateOf()).render(messages, { generationPrompt: true }));

  const run: Run = async (items, options) => {
    const outputs: EngineOutput[] = [];
    for (const item of items) {
      const messages = messagesOf(item, task, options);
      const text = item.kind === "text" ? item.text : "";
      const whole = messages === undefined ? startOf(tokenizer, text) : await promptOf(messages);
      // The end of a long prompt is what an answer follows.
      const prompt = maxTokens === undefined ? whole : whole.slice(-maxTokens);
      if (prompt.length === 0) throw nothingToRead();
      checkTokens([{ ids: prompt }], {
        vocabulary: decoder.config.vocabulary,
        positions: Number.POSITIVE_INFINITY,
      });
      const made = await generate(prompt, {
        most: options.maxNewTokens ?? MOST_NEW_TOKENS,
        stops,
        pick: tokenPicker(options),
      });
      const added = textOf(tokenizer, prompt, made);
      // As pipelines do: a text is gone on with, a conversation answered.
      outputs.push({ kind: "text", text: messages === undefined ? text + added : added });
    }
    return outputs;
  };
  return { run, paths: decoder.paths };
}

/** An adapter that was trained on conversations takes a text as what the user says. */
function messagesOf(
  item: EngineItem,
  { chatTemplate }: DecoderAdapterTask,
  { chat = chatTemplate !== undefined }: RunOptions,
): readonly ChatMessage[] | undefined {
  if (item.kind === "chat") return item.messages;
  invariant(item.kind === "text", `a decoder was given ${item.kind}`);
  return chat ? [{ role: "user", content: item.text }] : undefined;
}

/** A text with what the model has before texts, such as a token for their beginning, and nothing behind. */
function startOf(tokenizer: Tokenizer, text: string): readonly number[] {
  const { ids, start } = tokenizer.frame([]);
  return [...ids.slice(0, start), ...tokenizer.encode(text)];
}

/** What the new tokens add to the prompt's text: a token's own text may depend on those before it. */
function textOf(tokenizer: Tokenizer, prompt: readonly number[], made: readonly number[]): string {
  const marks = new Set(Object.values(tokenizer.special).map(({ id }) => id));
  const plain = (ids: readonly number[]): readonly number[] => ids.filter((id) => !marks.has(id));
  const before = tokenizer.decode(plain(prompt));
  const all = tokenizer.decode(plain([...prompt, ...made]));
  return all.startsWith(before) ? all.slice(before.length) : tokenizer.decode(plain(made));
}

const nothingToRead = (): FrugalError =>
  new FrugalError({
    code: "unsupported-input",
    what: "an empty text cannot be gone on with",
    why: "it has no token, and the model has none for the beginning of a text",
    remedy: "give at least one word",
  });
