/**
 * TF-IDF as scikit-learn's TfidfVectorizer defines it (its user guide, "Tf-idf term weighting"): idf = ln((1 + n) / (1 + df)) + 1,
 * rows scaled to length 1; a text without any known term is a row of zeros.
 */
import { FrugalError } from "../core/error.ts";
import { type SparseMatrix, sparseMatrix } from "./feature-matrix.ts";
import { letEventsIn } from "./let-events-in.ts";
import { tokenizeWords, wordRuns } from "./tokenize-words.ts";

export interface TfidfOptions {
  /** Shortest and longest run of words that is a term; default 1 and 1. */
  readonly words?: readonly [smallest: number, largest: number];
  /** Counts a term that comes n times as 1 + ln n instead of n; default false. */
  readonly sublinear?: boolean;
  /** A term must be in at least so many texts; default 1. */
  readonly minTexts?: number;
  /** Only the so many most frequent terms, equals in alphabetical order; default all. */
  readonly maxTerms?: number;
  readonly signal?: AbortSignal;
}

/** All that must be kept to make the same rows again. */
export interface TfidfModel {
  readonly words: readonly [smallest: number, largest: number];
  readonly sublinear: boolean;
  /** Sorted; a term's place is its column. */
  readonly terms: readonly string[];
  /** [terms] */
  readonly idf: Float64Array;
}

/** Longer runs hardly ever come twice. */
export const LARGEST_RUN = 5;
const TEXTS_BETWEEN_EVENTS = 256;

/** @throws "bad-data" when no term is left; "bad-option" for settings that are no counts. */
export async function fitTfidf(texts: readonly string[], options: TfidfOptions = {}): Promise<TfidfModel> {
  const { words = [1, 1], sublinear = false, minTexts = 1, maxTerms = Number.POSITIVE_INFINITY } = options;
  checkCounts(words, minTexts, maxTerms);
  const known = new Map<string, TermCount>();
  for (const [at, text] of texts.entries()) {
    if (at % TEXTS_BETWEEN_EVENTS === 0) await letEventsIn("counting words", options.signal);
    for (const term of wordRuns(tokenizeWords(text), ...words)) count(known, term, at);
  }
  const kept = [...known]
    .filter(([, { inTexts }]) => inTexts >= minTexts)
    .sort(([a, one], [b, other]) => other.total - one.total || (a < b ? -1 : 1))
    .slice(0, maxTerms)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (kept.length === 0) {
    throw new FrugalError({
      code: "bad-data",
      what: "there are no words to learn from",
      why:
        known.size === 0
          ? `none of the ${texts.length} texts holds a word of two or more letters`
          : `no term is in ${minTexts} of the ${texts.length} texts`,
      remedy: "check that the texts are what they should be, or ask for terms in fewer texts",
    });
  }
  return {
    words,
    sublinear,
    terms: kept.map(([term]) => term),
    idf: Float64Array.from(kept, ([, { inTexts }]) => Math.log((1 + texts.length) / (1 + inTexts)) + 1),
  };
}

interface TermCount {
  inTexts: number;
  total: number;
  lastText: number;
}

function count(known: Map<string, TermCount>, term: string, text: number): void {
  const found = known.get(term);
  if (found === undefined) known.set(term, { inTexts: 1, total: 1, lastText: text });
  else {
    found.total++;
    if (found.lastText !== text) found.inTexts++;
    found.lastText = text;
  }
}

/** From texts to rows. The index of terms is made once, so keep the function. */
export function tfidfRows(model: TfidfModel): (texts: readonly string[]) => SparseMatrix {
  const column = new Map(model.terms.map((term, index) => [term, index]));
  const { words, sublinear, idf } = model;
  return (texts) => {
    const starts = new Uint32Array(texts.length + 1);
    const indices: number[] = [];
    const values: number[] = [];
    for (const [row, text] of texts.entries()) {
      const counts = new Map<number, number>();
      for (const term of wordRuns(tokenizeWords(text), ...words)) {
        const index = column.get(term);
        if (index !== undefined) counts.set(index, (counts.get(index) ?? 0) + 1);
      }
      const entries = [...counts].sort(([a], [b]) => a - b);
      const weights = entries.map(
        ([index, times]) => (sublinear ? 1 + Math.log(times) : times) * idf[index]!,
      );
      const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
      for (const [at, [index]] of entries.entries()) {
        indices.push(index);
        values.push(weights[at]! / length);
      }
      starts[row + 1] = indices.length;
    }
    return sparseMatrix({
      columns: model.terms.length,
      starts,
      indices: Uint32Array.from(indices),
      values: Float64Array.from(values),
    });
  };
}

function checkCounts(words: readonly [number, number], minTexts: number, maxTerms: number): void {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
  const bad = (what: string, remedy: string): FrugalError =>
    new FrugalError({ code: "bad-option", what, why: "it is out of range", remedy });
  const [smallest, largest] = words;
  if (!isCount(smallest) || !isCount(largest) || smallest > largest || largest > LARGEST_RUN) {
    throw bad(
      `terms of ${smallest} to ${largest} words`,
      `give two rising whole numbers from 1 to ${LARGEST_RUN}`,
    );
  }
  if (!isCount(minTexts)) throw bad(`terms in at least ${minTexts} texts`, "give a whole number from 1 up");
  if (maxTerms !== Number.POSITIVE_INFINITY && !isCount(maxTerms)) {
    throw bad(`at most ${maxTerms} terms`, "give a whole number from 1 up");
  }
}
