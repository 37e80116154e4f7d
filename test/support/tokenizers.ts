/** The tiny tokenizers that test/oracles/tuning_data.py trained, and what transformers answered with them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "../../src/host/node-files.ts";
import type { Message } from "../../src/learn/data/example.ts";
import { openTokenizer, type Tokenizer } from "../../src/models/open-tokenizer.ts";

export type TinyTokenizer = "wordpiece" | "roberta" | "unigram" | "chat";

export interface Encodings {
  readonly texts: readonly { text: string; ids: number[]; framed: number[]; decoded: string }[];
  readonly pairs: readonly { texts: [string, string]; length: number; ids: number[]; types: number[] }[];
  readonly words: { words: string[]; ids: number[]; labels: number[] };
}

export interface GoldenChat {
  readonly template: string;
  readonly chat: string;
  readonly messages: readonly Message[];
  readonly eos: string;
  readonly text: string;
  readonly prompt: string;
  readonly ids: readonly number[];
  /** 1 for tokens that are the assistant's. */
  readonly kept: readonly number[];
}

export const TUNING_DATA = JSON.parse(
  readFileSync(join(import.meta.dirname, "../oracles/tuning-data.json"), "utf8"),
) as Record<TinyTokenizer, Encodings> & {
  readonly chats: readonly GoldenChat[];
  readonly templates: Readonly<Record<string, string>>;
};

export const tokenizerFolder = (name: TinyTokenizer): string =>
  join(import.meta.dirname, "../fixtures/tokenizers", name);

export const tinyTokenizer = async (name: TinyTokenizer): Promise<Tokenizer> =>
  await openTokenizer(nodeFiles, tokenizerFolder(name));
