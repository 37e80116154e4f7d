/**
 * A model's own tokenizer, from tokenizer.json and tokenizer_config.json: texts to ids and back, by @huggingface/tokenizers. Special
 * tokens are put around ids here, behind truncation, so that a cut text still ends as the model knows it.
 */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { FrugalError, messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { damaged, type JsonObject, optionalJson } from "./read-model-json.ts";

export type SpecialToken = "bos" | "eos" | "pad" | "cls" | "sep" | "mask" | "unk";

export interface Framed {
  readonly ids: readonly number[];
  /** Kind of segment of each token: 1 for a second text where the model has such kinds. */
  readonly types: readonly number[];
  /** Where the first text begins. */
  readonly start: number;
}

export interface Tokenizer {
  /** Without special tokens around it; those that the text itself names are read as such. */
  encode(text: string): readonly number[];
  /** Ids of each word of a text that is cut into words already. */
  encodeWords(words: readonly string[]): readonly (readonly number[])[];
  /** Special tokens around one text or between and around two, as the model was trained with them. */
  frame(first: readonly number[], second?: readonly number[]): Framed;
  /** How many tokens `frame` adds. */
  frameSize(pair: boolean): number;
  /** The text of ids; special tokens are written out. */
  decode(ids: readonly number[]): string;
  idOf(token: string): number | undefined;
  readonly special: Readonly<Partial<Record<SpecialToken, { readonly id: number; readonly token: string }>>>;
  /** The largest id + 1: how many rows a model's table of tokens needs. */
  readonly size: number;
  /** The longest text in tokens, where the tokenizer tells. */
  readonly maxLength: number | undefined;
  /** tokenizer_config.json. */
  readonly config: JsonObject;
}

/** transformers writes 10^30 where there is no limit (tokenization_utils_base.py, VERY_LARGE_INTEGER). */
const NO_LIMIT = 1e9;
const SPECIAL: readonly SpecialToken[] = ["bos", "eos", "pad", "cls", "sep", "mask", "unk"];

/** @throws "model-incomplete" without tokenizer.json; "bad-model", "file-unreadable". */
export async function openTokenizer(files: Pick<Files, "readText">, folder: string): Promise<Tokenizer> {
  const path = `${folder}/tokenizer.json`;
  const json = await optionalJson(files, path);
  if (json === undefined) {
    throw new FrugalError({
      code: "model-incomplete",
      what: `${folder} has no tokenizer.json`,
      why: "texts cannot be turned into tokens without it",
      remedy:
        "copy it from the model's page, or write it in Python: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)",
    });
  }
  const config = (await optionalJson(files, `${folder}/tokenizer_config.json`)) ?? {};
  const names = (await optionalJson(files, `${folder}/special_tokens_map.json`)) ?? {};
  try {
    return makeTokenizer(json, { ...names, ...config });
  } catch (thrown) {
    if (thrown instanceof FrugalError) throw thrown;
    throw damaged(path, messageOf(thrown), thrown);
  }
}

/** @param json,config what tokenizer.json and tokenizer_config.json hold. Throws for what the library does not know. */
export function makeTokenizer(json: JsonObject, config: JsonObject): Tokenizer {
  const library = new Library(json, config);
  const { model, post_processor: around } = library;
  const unknown = model?.unk_token_id;
  const idOf = (token: string): number | undefined => library.token_to_id(token);
  const toId = (token: string): number => {
    const id = idOf(token) ?? unknown;
    if (id === undefined) {
      throw damaged(
        "the tokenizer",
        `the token ${JSON.stringify(token)} has no id, and there is none for unknown ones`,
      );
    }
    return id;
  };
  const encode = (text: string): readonly number[] =>
    text === "" ? [] : library.tokenize(text, { add_special_tokens: false }).map(toId);

  // RoBERTa has one kind of segment; the library counts the second text as another.
  const typed = !contains(json["post_processor"], "processors", ({ type }) => type === "RobertaProcessing");

  /** A frame is found once, by what is put around a mark for each text. */
  function frameOf(pair: boolean): readonly { id: number | "A" | "B"; type: number }[] {
    const marks = ["A", "B"].map((name) => `\u0000${name}\u0000`) as [string, string];
    const second = pair ? [marks[1]] : null;
    const plain = pair ? marks : [marks[0]];
    const made = around?.([marks[0]], second, true) as
      | { tokens: readonly string[]; token_type_ids?: readonly number[] }
      | undefined;
    // Processors that add nothing leave a second text out.
    const tokens = plain.every((mark) => made?.tokens.includes(mark)) ? made!.tokens : plain;
    return tokens.map((token, at) => ({
      id: token === marks[0] ? "A" : token === marks[1] ? "B" : toId(token),
      type: typed ? (made?.token_type_ids?.[at] ?? 0) : 0,
    }));
  }
  const frames = { single: frameOf(false), pair: frameOf(true) };
  const leadsWithSpace = wordsNeedSpace(json["pre_tokenizer"]);
  const ids = [...library.get_vocab().values()];

  return {
    encode,
    encodeWords: (words) => words.map((word, at) => encode(leadsWithSpace && at > 0 ? ` ${word}` : word)),
    frame(first, second) {
      const texts = { A: first, B: second ?? [] };
      const parts = frames[second === undefined ? "single" : "pair"].map(({ id, type }) => {
        const of = typeof id === "number" ? [id] : texts[id];
        return { of, types: of.map(() => type) };
      });
      const start = frames[second === undefined ? "single" : "pair"].findIndex(({ id }) => id === "A");
      return { ids: parts.flatMap(({ of }) => of), types: parts.flatMap(({ types }) => types), start };
    },
    frameSize: (pair) => (pair ? frames.pair.length - 2 : frames.single.length - 1),
    decode: (of) =>
      of.length === 0
        ? ""
        : library.decode([...of], { skip_special_tokens: false, clean_up_tokenization_spaces: false }),
    idOf,
    special: Object.fromEntries(
      SPECIAL.flatMap((name) => {
        const token = tokenText(config[`${name}_token`]);
        const id = token === undefined ? undefined : idOf(token);
        return id === undefined ? [] : [[name, { id, token }]];
      }),
    ),
    size: ids.reduce((most, id) => Math.max(most, id + 1), 0),
    maxLength: limitOf(config["model_max_length"]),
    config,
  };
}

/** A special token is written as its text, or as an object with its content. */
const tokenText = (value: unknown): string | undefined => {
  const text = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
  return typeof text === "string" ? text : undefined;
};

const limitOf = (value: unknown): number | undefined =>
  typeof value === "number" && value > 0 && value < NO_LIMIT ? value : undefined;

/**
 * Where a space is a part of the token behind it, a word within a text needs one; others, such as BERT's, know words alone, and some
 * add the space themselves (add_prefix_space).
 */
const wordsNeedSpace = (preTokenizer: unknown): boolean =>
  contains(
    preTokenizer,
    "pretokenizers",
    ({ type, add_prefix_space, prepend_scheme }) =>
      (type === "ByteLevel" && add_prefix_space !== true) ||
      (type === "Metaspace" && prepend_scheme === "never"),
  );

/** Whether a part of tokenizer.json, or one of the `inner` parts of a sequence, is what is looked for. */
function contains(part: unknown, inner: string, is: (part: JsonObject) => boolean): boolean {
  if (typeof part !== "object" || part === null) return false;
  const parts = (part as JsonObject)[inner];
  return is(part as JsonObject) || (Array.isArray(parts) && parts.some((each) => contains(each, inner, is)));
}
