/** What right and wrong labels add up to. */
import { invariant } from "../core/error.ts";
import type { Interval } from "../core/interval.ts";
import type { Random } from "../core/random.ts";
import { bootstrapInterval } from "./bootstrap-interval.ts";
import { wilsonInterval } from "./wilson-interval.ts";

export interface ConfusionMatrix {
  readonly labels: readonly string[];
  /** `counts[true][predicted]`. */
  readonly counts: readonly (readonly number[])[];
}

/** A label outside `labels`, true or predicted, is our bug: callers name all of them. */
export function confusionMatrix(
  labels: readonly string[],
  truth: readonly string[],
  predicted: readonly string[],
): ConfusionMatrix {
  invariant(truth.length === predicted.length, `${truth.length} true labels, ${predicted.length} predicted`);
  const place = new Map(labels.map((label, index) => [label, index]));
  const counts = labels.map(() => labels.map(() => 0));
  for (const [at, label] of truth.entries()) {
    const row = place.get(label);
    const column = place.get(predicted[at]!);
    invariant(row !== undefined && column !== undefined, `"${label}" or "${predicted[at]}" is no label`);
    counts[row]![column]!++;
  }
  return { labels, counts };
}

/** Part of right labels with its Wilson interval. */
export function accuracy(truth: readonly string[], predicted: readonly string[]): Interval {
  invariant(truth.length === predicted.length, `${truth.length} true labels, ${predicted.length} predicted`);
  return wilsonInterval(truth.filter((label, at) => label === predicted[at]).length, truth.length);
}

/**
 * Unweighted mean over classes of F1 = 2 tp / (2 tp + fp + fn). A class that is neither in the truth nor predicted is
 * left out; one that is predicted but never true counts 0: the rules of scikit-learn's f1_score(average="macro").
 * NaN for an empty matrix.
 */
export function macroF1({ counts }: ConfusionMatrix): number {
  const scores = counts.flatMap((row, at) => {
    const hits = row[at]!;
    const missed = sum(row) - hits;
    const wrong = sum(counts.map((other) => other[at]!)) - hits;
    const size = 2 * hits + missed + wrong;
    return size === 0 ? [] : [(2 * hits) / size];
  });
  return sum(scores) / scores.length;
}

/** Macro F1 with a percentile bootstrap over the items. */
export function macroF1Interval(
  labels: readonly string[],
  truth: readonly string[],
  predicted: readonly string[],
  random: Random,
): Interval {
  confusionMatrix(labels, truth, predicted);
  const place = new Map(labels.map((label, index) => [label, index]));
  const rows = truth.map((label) => place.get(label)!);
  const columns = predicted.map((label) => place.get(label)!);
  const statistic = (indices: Int32Array): number => {
    const counts = labels.map(() => labels.map(() => 0));
    for (const index of indices) counts[rows[index]!]![columns[index]!]!++;
    return macroF1({ labels, counts });
  };
  return bootstrapInterval(truth.length, statistic, { random });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
