/** Word error rate of transcripts: word edits per word of the reference, after both were normalized. */
import { invariant } from "../core/error.ts";
import type { Interval } from "../core/interval.ts";
import type { Random } from "../core/random.ts";
import { bootstrapInterval } from "./bootstrap-interval.ts";
import { normalizedWords } from "./normalized-words.ts";

/** The cheapest way from the reference to the hypothesis. */
export interface WordEdits {
  readonly substitutions: number;
  /** Words of the reference that the hypothesis lacks. */
  readonly deletions: number;
  /** Words that only the hypothesis has. */
  readonly insertions: number;
  /** Words of the reference. */
  readonly words: number;
}

export interface Transcript {
  readonly reference: string;
  readonly hypothesis: string;
}

export const editCount = ({ substitutions, deletions, insertions }: WordEdits): number =>
  substitutions + deletions + insertions;

/**
 * Levenshtein distance over words with its operations counted (Wagner & Fischer 1974); where several ways cost the same,
 * substitutions are preferred. Texts are normalized first.
 */
export function wordEdits({ reference, hypothesis }: Transcript): WordEdits {
  const [truth, heard] = [normalizedWords(reference), normalizedWords(hypothesis)];
  const none = { substitutions: 0, deletions: 0, insertions: 0, words: truth.length };
  // Row i: the edits from the first i words of the reference to each beginning of the hypothesis.
  let row: WordEdits[] = [none];
  for (const _ of heard) row.push({ ...none, insertions: row.length });
  for (const [at, word] of truth.entries()) {
    const next: WordEdits[] = [{ ...none, deletions: at + 1 }];
    for (const [place, other] of heard.entries()) {
      const [diagonal, above, left] = [row[place]!, row[place + 1]!, next[place]!];
      next.push(
        word === other
          ? diagonal
          : cheapest([
              { ...diagonal, substitutions: diagonal.substitutions + 1 },
              { ...above, deletions: above.deletions + 1 },
              { ...left, insertions: left.insertions + 1 },
            ]),
      );
    }
    row = next;
  }
  return row.at(-1)!;
}

const cheapest = (ways: readonly WordEdits[]): WordEdits =>
  ways.reduce((best, way) => (editCount(way) < editCount(best) ? way : best));

/**
 * All edits over all words of the references, with a percentile bootstrap over the clips: the words of one clip share its
 * speaker and its noise, so clips are what is drawn (Bisani & Ney 2004, "Bootstrap estimates for confidence intervals in ASR
 * performance evaluation"). May exceed 1: insertions are not bounded by the reference.
 */
export function wordErrorRate(transcripts: readonly Transcript[], random: Random): Interval {
  const edits = transcripts.map(wordEdits);
  invariant(
    edits.some(({ words }) => words > 0),
    "a word error rate needs words in its references",
  );
  // A resample of references without any word has no rate: NaN, which the bootstrap leaves out.
  const rate = (indices: Int32Array): number => {
    let [wrong, words] = [0, 0];
    for (const index of indices) {
      wrong += editCount(edits[index]!);
      words += edits[index]!.words;
    }
    return words === 0 ? Number.NaN : wrong / words;
  };
  return bootstrapInterval(transcripts.length, rate, { random });
}
