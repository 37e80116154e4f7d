/** Labels of words as the things that a text names: neighbours of one kind become one (transformers' aggregation "first", then "simple"). */
import type { FoundToken } from "../../engines/engine.ts";

export interface Word {
  readonly text: string;
  /** Where it begins in its text. */
  readonly at: number;
}

/** Runs of letters and digits, with what joins them inside (don't, 3.5, mother-in-law); any other sign stands alone. */
const WORD = /[\p{L}\p{N}\p{M}]+(?:[-'’.][\p{L}\p{N}\p{M}]+)*|[^\s\p{L}\p{N}\p{M}]/gu;

export const wordsOf = (text: string): readonly Word[] =>
  [...text.matchAll(WORD)].map((match) => ({ text: match[0], at: match.index }));

export interface LabelledWord extends Word {
  readonly label: string;
  readonly score: number;
}

/** What stands for nothing. */
const OUTSIDE = "O";

/** B- begins a new thing, and so does another kind; a thing's score is the mean of its words'. */
export function groupWords(text: string, words: readonly LabelledWord[]): FoundToken[] {
  const groups: { kind: string; words: LabelledWord[] }[] = [];
  let open = false;
  for (const word of words) {
    const [, part, kind] = /^(?:([BI])-)?(.*)$/s.exec(word.label) as unknown as [
      string,
      string | undefined,
      string,
    ];
    const last = groups.at(-1);
    if (word.label === OUTSIDE) open = false;
    else if (open && last?.kind === kind && part !== "B") last.words.push(word);
    else {
      groups.push({ kind, words: [word] });
      open = true;
    }
  }
  return groups.map(({ kind, words: own }) => {
    const [first, last] = [own[0]!, own.at(-1)!];
    return {
      text: text.slice(first.at, last.at + last.text.length),
      label: kind,
      score: own.reduce((sum, { score }) => sum + score, 0) / own.length,
    };
  });
}
