/** A model's own way to write conversations, rendered by @huggingface/jinja as transformers does (apply_chat_template). */
import { Template } from "@huggingface/jinja";
import { FrugalError, messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import type { Tokenizer } from "./open-tokenizer.ts";
import { type JsonObject, optionalText } from "./read-model-json.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
  readonly [key: string]: unknown;
}

export interface RenderOptions {
  /** Ends where the assistant would begin to answer. */
  readonly generationPrompt: boolean;
  readonly tools?: readonly unknown[];
}

export interface ChatTemplate {
  /** "default", "tool_use" …, or the built-in one's name. */
  readonly name: string;
  readonly source: string;
  /** @throws "bad-data" for a conversation that the template refuses. */
  render(messages: readonly ChatMessage[], options: RenderOptions): string;
}

/** ChatML, which has no marks of its own in most vocabularies but is learned in a few hundred examples. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const DATE_FUNCTION = "strftime_today";
const BUILT_IN: Readonly<Record<string, string>> = { chatml: CHATML };

export interface FindTemplateOptions {
  /** A template of the model by its name, or one that is built in: chatml. */
  readonly name?: string;
  /** Conversations come with tools: models may have a template of their own for them. */
  readonly tools?: boolean;
  /** The day that templates which write today's date shall write: a run that is resumed tomorrow must render the same. */
  readonly today: Date;
}

/** @throws "model-incomplete" without a template; "bad-option" for a name that there is not; "bad-model" for one that is no template. */
export async function openChatTemplate(
  files: Pick<Files, "readText">,
  { folder, tokenizer }: { folder: string; tokenizer: Tokenizer },
  { name, tools = false, today }: FindTemplateOptions,
): Promise<ChatTemplate> {
  const found = { ...BUILT_IN, ...(await modelTemplates(files, folder, tokenizer.config)) };
  const wanted = name ?? (tools && found["tool_use"] !== undefined ? "tool_use" : "default");
  const source = found[wanted];
  if (source !== undefined) return chatTemplate(wanted, source, { tokenizer, today });
  if (name === undefined) {
    throw new FrugalError({
      code: "model-incomplete",
      what: `${folder} has no chat template`,
      why: "conversations cannot be written as the model knows them",
      remedy: `use a model that was trained on conversations, take ChatML (--chat-template chatml), or give the data as {"prompt": "…", "completion": "…"}`,
    });
  }
  throw new FrugalError({
    code: "bad-option",
    what: `there is no chat template ${name}`,
    why: `there are ${Object.keys(found).join(", ")}`,
    remedy: "name one of these",
  });
}

/** chat_template.jinja comes before tokenizer_config.json, as in transformers (tokenization_utils_base.py, from_pretrained). */
async function modelTemplates(
  files: Pick<Files, "readText">,
  folder: string,
  config: JsonObject,
): Promise<Readonly<Record<string, string>>> {
  const file = await optionalText(files, `${folder}/chat_template.jinja`);
  const inConfig = config["chat_template"];
  const named = Array.isArray(inConfig) ? inConfig : [{ name: "default", template: inConfig }];
  return Object.fromEntries([
    ...named.flatMap((one: unknown) => {
      const { name, template } = (one ?? {}) as { name?: unknown; template?: unknown };
      return typeof name === "string" && typeof template === "string" ? [[name, template]] : [];
    }),
    ...(file === undefined ? [] : [["default", file]]),
  ]);
}

export function chatTemplate(
  name: string,
  source: string,
  { tokenizer, today }: { tokenizer: Pick<Tokenizer, "special">; today: Date },
): ChatTemplate {
  let template: Template;
  try {
    // The library's own writes the date of the moment, and its names cannot be given anew.
    template = new Template(source.replaceAll(/\bstrftime_now\b/g, DATE_FUNCTION));
  } catch (thrown) {
    throw new FrugalError({
      code: "bad-model",
      what: `the chat template ${name} cannot be read`,
      why: messageOf(thrown),
      remedy: "copy or download the model again, or take ChatML: --chat-template chatml",
      cause: thrown,
    });
  }
  const special = Object.fromEntries(
    Object.entries(tokenizer.special).map(([key, { token }]) => [`${key}_token`, token]),
  );
  return {
    name,
    source,
    render(messages, { generationPrompt, tools }) {
      try {
        return template.render({
          ...special,
          messages,
          tools: tools ?? null,
          documents: null,
          add_generation_prompt: generationPrompt,
          [DATE_FUNCTION]: (format: string) => formatDate(today, format),
        });
      } catch (thrown) {
        throw new FrugalError({
          code: "bad-data",
          what: "a conversation cannot be written by the model's chat template",
          why: messageOf(thrown),
          remedy: "correct the roles and their order, or take ChatML: --chat-template chatml",
          cause: thrown,
        });
      }
    },
  };
}

/** The directives of strftime that dates are written with, in English; others stay. */
function formatDate(date: Date, format: string): string {
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" }).format(date);
  const parts: Readonly<Record<string, () => string>> = {
    "%d": () => date.toISOString().slice(8, 10),
    "%m": () => date.toISOString().slice(5, 7),
    "%Y": () => date.toISOString().slice(0, 4),
    "%y": () => date.toISOString().slice(2, 4),
    "%H": () => date.toISOString().slice(11, 13),
    "%M": () => date.toISOString().slice(14, 16),
    "%S": () => date.toISOString().slice(17, 19),
    "%b": () => part({ month: "short" }),
    "%B": () => part({ month: "long" }),
    "%a": () => part({ weekday: "short" }),
    "%A": () => part({ weekday: "long" }),
  };
  return format.replaceAll(/%[A-Za-z]/g, (directive) => parts[directive]?.() ?? directive);
}
