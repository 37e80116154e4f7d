/**
 * Examples for decoders as token sequences, and which tokens are learned. What the assistant says is found by comparing renderings:
 * what a conversation with its answer has beyond the one that waits for it. That needs no marks in the chat template.
 */
import { FrugalError, invariant } from "../../core/error.ts";
import type { ChatTemplate } from "../../models/chat-template.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import { answerSpans } from "./answer-spans.ts";
import { cutTo, keptOf, type Marked, sharedStart, windows } from "./marked.ts";
import { type Dataset, placeOf } from "./open-dataset.ts";

export interface TokenSequence {
  readonly ids: readonly number[];
  /** 1 where a token is learned; never at the first one, which nothing comes before. */
  readonly kept: Uint8Array;
  /** Place of its example in the dataset. */
  readonly example: number;
}

export interface EncodedSequences {
  readonly sequences: readonly TokenSequence[];
  /** Examples that lost tokens to the limit, and those of which nothing that is learned was left. */
  readonly truncated: number;
  readonly dropped: number;
  /** Conversations that became one sequence for each answer, as their template writes earlier answers in another way. */
  readonly split: number;
  /** Answers that end with a token that stops, that were given one, and that have none. */
  readonly stops: { readonly found: number; readonly appended: number; readonly missing: number };
}

export interface EncodeSequencesOptions {
  readonly tokenizer: Tokenizer;
  /** Needed for conversations. */
  readonly template?: ChatTemplate;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** Tokens that end an answer. */
  readonly stops: ReadonlySet<number>;
  /** What becomes of an answer whose end is not learned: the end-of-text token is put behind it, or the data are refused. */
  readonly ends?: "append" | "refuse";
}

export type DecoderDataset = Extract<Dataset, { readonly kind: "chat" | "completion" | "text" }>;

/** @throws "bad-data" for a conversation that cannot be written, and for data of which nothing is learned; "bad-option" for a length below 2. */
export function encodeSequences(dataset: DecoderDataset, options: EncodeSequencesOptions): EncodedSequences {
  const { maxLength } = options;
  if (maxLength < 2) {
    throw new FrugalError({
      code: "bad-option",
      what: `sequences cannot be cut to ${maxLength} tokens`,
      why: "a token is learned from those before it",
      remedy: "give a greater length",
    });
  }
  const sequences: TokenSequence[] = [];
  const stops = { found: 0, appended: 0, missing: 0 };
  let [truncated, dropped, split] = [0, 0, 0];
  for (const at of dataset.examples.keys()) {
    const marked = markedTokens(dataset, at, options);
    if (marked.length > 1) split++;
    const ended = marked.map((one) => withStops(one, dataset, at, options, stops));
    // A text goes on in the next sequence; of an answer, what is too long is lost.
    const pieces =
      dataset.kind === "text"
        ? ended.flatMap((one) => windows(one, maxLength))
        : ended.map((one) => cutTo(one, maxLength));
    if (dataset.kind !== "text" && ended.some(({ ids }) => ids.length > maxLength)) truncated++;
    const made = pieces
      .map(({ ids, spans }) => ({ ids, kept: keptOf(ids.length, spans), example: at }))
      .filter(({ kept }) => kept.includes(1));
    if (made.length === 0) dropped++;
    for (const one of made) sequences.push(one);
  }
  if (sequences.length === 0) {
    throw new FrugalError({
      code: "bad-data",
      what: `nothing of ${dataset.name} can be learned`,
      why: `no example has an answer within its first ${maxLength} tokens`,
      remedy: "allow longer sequences, or shorten what comes before the answers",
    });
  }
  return { sequences, truncated, dropped, split, stops };
}

function markedTokens(
  dataset: DecoderDataset,
  at: number,
  { tokenizer, template }: EncodeSequencesOptions,
): readonly Marked[] {
  if (dataset.kind === "chat") {
    invariant(template !== undefined, "conversations were given without a chat template");
    return answerSpans(dataset.examples[at]!, { tokenizer, template, place: placeOf(dataset, at) });
  }
  const begin = beginning(tokenizer);
  const tokens = (text: string): readonly number[] => [...begin, ...tokenizer.encode(text)];
  if (dataset.kind === "text") {
    const ids = tokens(dataset.examples[at]!.text);
    return [{ ids, spans: [[begin.length, ids.length]] }];
  }
  const { prompt, completion } = dataset.examples[at]!;
  const ids = tokens(prompt + completion);
  return [{ ids, spans: [[sharedStart(ids, tokens(prompt)), ids.length]] }];
}

/** Special tokens that the model puts before a text, such as that for its beginning. */
function beginning(tokenizer: Tokenizer): readonly number[] {
  const { ids, start } = tokenizer.frame([]);
  return ids.slice(0, start);
}

/** Each answer is learned up to the token that stops it; where the last one has none, the end of the text is put behind it. */
function withStops(
  { ids, spans }: Marked,
  dataset: DecoderDataset,
  at: number,
  { tokenizer, stops, ends = "append" }: EncodeSequencesOptions,
  counts: { found: number; appended: number; missing: number },
): Marked {
  // Behind the end of an answer a template may write a line break. Texts and completions are learned as they are.
  const trimmed =
    dataset.kind !== "chat"
      ? spans
      : spans.map(([start, end]): readonly [number, number] => {
          // A token before all that is said names the speaker: it ends nothing.
          const first = end - start > 1 ? start + 1 : start;
          for (let last = end - 1; last >= first; last--) if (stops.has(ids[last]!)) return [start, last + 1];
          // Some models stop where the next one to speak is named (GLM).
          return stops.has(ids[end] ?? -1) ? [start, end + 1] : [start, end];
        });
  const stopped = trimmed.map(([, end]) => stops.has(ids[end - 1]!));
  counts.found += stopped.filter(Boolean).length;
  counts.missing += stopped.slice(0, -1).filter((found) => !found).length;
  if (stopped.at(-1) === true) return { ids, spans: trimmed };
  const eos = tokenizer.special.eos?.id;
  if (ends === "refuse" || eos === undefined) {
    throw new FrugalError({
      code: "bad-data",
      what: `of ${placeOf(dataset, at)}, the model would not learn to stop`,
      why:
        eos === undefined
          ? "its tokenizer names no end-of-text token"
          : "the answer ends with no token that stops the model",
      remedy: "name eos_token in tokenizer_config.json, or let the end of the text be put behind answers",
    });
  }
  counts.appended++;
  const last = trimmed.at(-1)!;
  // What a template writes behind the last answer, such as a line break, comes before the end and is learned with it.
  return { ids: [...ids, eos], spans: [...trimmed.slice(0, -1), [last[0], ids.length + 1]] };
}
