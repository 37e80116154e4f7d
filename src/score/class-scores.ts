/** Precision, recall and F1 of classes, averaged in the three usual ways (sklearn.metrics.precision_recall_fscore_support, zero_division=0). */
import type { ConfusionMatrix } from "./classification-score.ts";

export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface ClassScores {
  /** Of all decisions together; equals accuracy where each item has one class. */
  readonly micro: ClassScore;
  /** Every class counts the same. */
  readonly macro: ClassScore;
  /** Every class counts by how often it is true. */
  readonly weighted: ClassScore;
}

/** Classes that are neither true nor predicted are left out. */
export function classScores({ counts }: ConfusionMatrix): ClassScores {
  const rows = counts.map((row, at) => ({
    hits: row[at]!,
    support: sum(row),
    claimed: sum(counts.map((other) => other[at]!)),
  }));
  const seen = rows.filter(({ support, claimed }) => support + claimed > 0);
  const scores = seen.map(score);
  const total = sum(seen.map(({ support }) => support));
  const mean = (weight: (at: number) => number): ClassScore => ({
    precision: sum(scores.map(({ precision }, at) => precision * weight(at))),
    recall: sum(scores.map(({ recall }, at) => recall * weight(at))),
    f1: sum(scores.map(({ f1 }, at) => f1 * weight(at))),
  });
  return {
    micro: score({
      hits: sum(seen.map(({ hits }) => hits)),
      support: total,
      claimed: sum(seen.map(({ claimed }) => claimed)),
    }),
    macro: mean(() => 1 / scores.length),
    weighted: mean((at) => seen[at]!.support / total),
  };
}

interface Counted {
  readonly hits: number;
  readonly support: number;
  readonly claimed: number;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const score = ({ hits, support, claimed }: Counted): ClassScore => ({
  precision: ratio(hits, claimed),
  recall: ratio(hits, support),
  f1: ratio(2 * hits, support + claimed),
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
