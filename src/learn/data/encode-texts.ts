/** Examples for encoders as token sequences with labels. */
import { FrugalError } from "../../core/error.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import { IGNORED } from "../losses/classification.ts";
import { classesOf, labelNames } from "./label-names.ts";
import type { Dataset } from "./open-dataset.ts";

export interface EncodedText {
  readonly ids: readonly number[];
  /** Kinds of segments. */
  readonly types: readonly number[];
}

/** What the labels of a batch are: one class or number for each row, one for each token, several for each row, or none. */
export type LabelLayout = "class" | "token" | "multi" | "number" | "score" | "none";

export interface EncodedItem {
  /** One text (or pair), or as many as are compared. */
  readonly texts: readonly EncodedText[];
  readonly labels: readonly number[];
}

export interface EncodedTexts {
  readonly layout: LabelLayout;
  readonly items: readonly EncodedItem[];
  /** Names of classes; none where there are no classes. */
  readonly names: readonly string[];
  /** Items that lost tokens to the limit. */
  readonly truncated: number;
  /** Labels of words that were cut away, or that have no token. */
  readonly lostLabels: number;
}

export interface EncodeTextsOptions {
  readonly tokenizer: Tokenizer;
  /** Most tokens of a row, special ones among them. */
  readonly maxLength: number;
  /** Names of classes in the model's order; those of the data, sorted, unless given. */
  readonly names?: readonly string[];
}

export type EncoderDataset = Exclude<Dataset, { readonly kind: "chat" | "completion" | "text" }>;

/** @throws "bad-data" for one class only, or a label that `names` lacks; "bad-option" for a length that leaves no room for text. */
export function encodeTexts(dataset: EncoderDataset, options: EncodeTextsOptions): EncodedTexts {
  const { tokenizer, maxLength } = options;
  if (maxLength <= tokenizer.frameSize(true)) {
    throw new FrugalError({
      code: "bad-option",
      what: `texts cannot be cut to ${maxLength} tokens`,
      why: `the model's special tokens alone are ${tokenizer.frameSize(true)}`,
      remedy: "give a greater length",
    });
  }
  let [truncated, lostLabels] = [0, 0];
  const cut = (was: boolean): void => {
    if (was) truncated++;
  };
  const one = (text: string, pair?: string): EncodedText => {
    const made = encodeText(text, pair, options);
    cut(made.truncated);
    return made.row;
  };
  /** An item counts once, however many of its texts were cut. */
  const several = (texts: readonly string[]): readonly EncodedText[] => {
    const made = texts.map((text) => encodeText(text, undefined, options));
    cut(made.some((each) => each.truncated));
    return made.map(({ row }) => row);
  };
  const done = (
    layout: LabelLayout,
    items: readonly EncodedItem[],
    names: readonly string[] = [],
  ): EncodedTexts => ({ layout, items, names, truncated, lostLabels });

  switch (dataset.kind) {
    case "classification": {
      const names = options.names ?? labelNames(dataset);
      const classes = classesOf(dataset, names);
      const items = dataset.examples.map(({ text, pair }, at) => ({
        texts: [one(text, pair)],
        labels: classes[at]!,
      }));
      return done("class", items, names);
    }
    case "multi-label": {
      const names = options.names ?? labelNames(dataset);
      const classes = classesOf(dataset, names);
      const items = dataset.examples.map(({ text, pair }, at) => ({
        texts: [one(text, pair)],
        labels: names.map((_, place) => (classes[at]!.includes(place) ? 1 : 0)),
      }));
      return done("multi", items, names);
    }
    case "token-classification": {
      const names = options.names ?? labelNames(dataset);
      const classes = classesOf(dataset, names);
      const items = dataset.examples.map(({ tokens }, at) => {
        const made = encodeTagged(tokens, classes[at]!, options);
        cut(made.truncated);
        lostLabels += made.lostLabels;
        return made.item;
      });
      return done("token", items, names);
    }
    case "regression":
      return done(
        "number",
        dataset.examples.map(({ text, pair, value }) => ({ texts: [one(text, pair)], labels: [value] })),
      );
    case "scored-pair":
      return done(
        "score",
        dataset.examples.map(({ texts, value }) => ({ texts: several(texts), labels: [value] })),
      );
    case "similar":
      return done(
        "none",
        dataset.examples.map(({ texts }) => ({ texts: several(texts), labels: [] })),
      );
    default:
      return dataset satisfies never;
  }
}

export function encodeText(
  text: string,
  pair: string | undefined,
  { tokenizer, maxLength }: Omit<EncodeTextsOptions, "names">,
): { row: EncodedText; truncated: boolean } {
  const first = tokenizer.encode(text);
  const second = pair === undefined ? undefined : tokenizer.encode(pair);
  const room = maxLength - tokenizer.frameSize(pair !== undefined);
  const [a, b] = pairLengths(first.length, second?.length ?? 0, room);
  const { ids, types } = tokenizer.frame(first.slice(0, a), second?.slice(0, b));
  return { row: { ids, types }, truncated: a + b < first.length + (second?.length ?? 0) };
}

/** What of two texts fits: the longer one loses first, then both (huggingface/tokenizers, TruncationStrategy::LongestFirst). */
export function pairLengths(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const kept = Math.min(shorter, Math.floor(room / 2));
  return first <= second ? [kept, room - kept] : [room - kept, kept];
}

/** A word's label is at its first token; its other tokens, and special ones, count nowhere. */
export function encodeTagged(
  words: readonly string[],
  classes: readonly number[],
  { tokenizer, maxLength }: Omit<EncodeTextsOptions, "names">,
): { item: EncodedItem; truncated: boolean; lostLabels: number } {
  const pieces = tokenizer.encodeWords(words);
  const all = pieces.flat();
  const labels = pieces.flatMap((piece, at) =>
    piece.map((_, place) => (place === 0 ? classes[at]! : IGNORED)),
  );
  const room = maxLength - tokenizer.frameSize(false);
  const { ids, types, start } = tokenizer.frame(all.slice(0, room));
  const placed = ids.map((_, at) => (at - start < room ? labels[at - start] : undefined) ?? IGNORED);
  const kept = placed.filter((label) => label !== IGNORED).length;
  return {
    item: { texts: [{ ids, types }], labels: placed },
    truncated: all.length > room,
    lostLabels: words.length - kept,
  };
}
