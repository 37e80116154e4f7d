/**
 * Words of two or more letters, digits or underscores, in lower case: the tokens of scikit-learn's TfidfVectorizer
 * (token_pattern `\b\w\w+\b`). Marks count as part of their word, or Hindi and decomposed accents would fall apart.
 * Scripts without blanks between words (Chinese, Japanese, Thai) are not cut: a run of letters is one word.
 */
const WORD = /[\p{L}\p{N}\p{M}_]{2,}/gu;

export const tokenizeWords = (text: string): readonly string[] =>
  text.normalize("NFC").toLowerCase().match(WORD) ?? [];

/** Runs of `smallest` … `largest` neighbouring words, joined by a blank. */
export function* wordRuns(words: readonly string[], smallest: number, largest: number): Generator<string> {
  for (let size = smallest; size <= largest; size++) {
    for (let start = 0; start + size <= words.length; start++) {
      yield size === 1 ? words[start]! : words.slice(start, start + size).join(" ");
    }
  }
}
