/** What should be known of token sequences before anything is trained on them. */

export interface LengthFacts {
  readonly sequences: number;
  readonly tokens: number;
  readonly shortest: number;
  readonly median: number;
  /** Nineteen of twenty are no longer. */
  readonly most: number;
  readonly longest: number;
  /** Sequences by length, in doubling steps: those longer than the step before, up to `upTo`. */
  readonly steps: readonly { readonly upTo: number; readonly count: number }[];
}

/** @param lengths at least one. */
export function lengthFacts(lengths: readonly number[]): LengthFacts {
  const sorted = [...lengths].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  const longest = sorted.at(-1)!;
  const steps: { upTo: number; count: number }[] = [];
  for (let upTo = 8, before = 0; before < longest; before = upTo, upTo *= 2) {
    const count = sorted.filter((length) => length > before && length <= upTo).length;
    if (count > 0 || steps.length > 0) steps.push({ upTo, count });
  }
  return {
    sequences: sorted.length,
    tokens: sorted.reduce((sum, length) => sum + length, 0),
    shortest: sorted[0]!,
    median: at(0.5),
    most: at(0.95),
    longest,
    steps,
  };
}

/** The part of tokens that are learned. */
export function keptShare(sequences: readonly { readonly kept: Uint8Array }[]): number {
  const tokens = sequences.reduce((sum, { kept }) => sum + kept.length, 0);
  const learned = sequences.reduce((sum, { kept }) => sum + kept.reduce((all, one) => all + one, 0), 0);
  return learned / tokens;
}

export interface VocabularyFacts {
  /** Ids that the tokenizer may give, and rows that the model has for them. */
  readonly tokenizer: number;
  readonly rows: number;
  /** Tokens of the data that the model has no row for, and the first few of these ids. */
  readonly beyond: number;
  readonly ids: readonly number[];
}

const MOST_IDS = 5;

/** Tokens that were added to a tokenizer, but not to its model, would read behind the end of the table. */
export function vocabularyFacts(
  sequences: readonly { readonly ids: readonly number[] }[],
  { tokenizer, rows }: { tokenizer: number; rows: number },
): VocabularyFacts {
  const beyond = sequences.flatMap(({ ids }) => ids.filter((id) => id >= rows));
  return {
    tokenizer,
    rows,
    beyond: beyond.length,
    ids: [...new Set(beyond)].sort((a, b) => a - b).slice(0, MOST_IDS),
  };
}
