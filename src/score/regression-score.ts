/** How near numbers are to numbers. */
import { invariant } from "../core/error.ts";

export interface RegressionScore {
  readonly meanSquaredError: number;
  readonly meanAbsoluteError: number;
  /** 1 − squares of the errors / squares around the mean (sklearn.metrics.r2_score); NaN when all true values are one. */
  readonly r2: number;
  /** Pearson's correlation; NaN when either side never changes. */
  readonly pearson: number;
  /** Pearson's correlation of the ranks, ties at their mean rank (scipy.stats.spearmanr). */
  readonly spearman: number;
}

export function regressionScore(truth: readonly number[], predicted: readonly number[]): RegressionScore {
  invariant(truth.length === predicted.length, `${truth.length} true values, ${predicted.length} predicted`);
  const errors = truth.map((value, at) => predicted[at]! - value);
  const middle = mean(truth);
  const spread = sum(truth.map((value) => (value - middle) ** 2));
  return {
    meanSquaredError: mean(errors.map((error) => error * error)),
    meanAbsoluteError: mean(errors.map(Math.abs)),
    r2: spread === 0 ? Number.NaN : 1 - sum(errors.map((error) => error * error)) / spread,
    pearson: correlation(truth, predicted),
    spearman: correlation(ranks(truth), ranks(predicted)),
  };
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const products = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    sum(x.map((value, at) => (value - mx) * (y[at]! - my)));
  return products(a, ma, b, mb) / Math.sqrt(products(a, ma, a, ma) * products(b, mb, b, mb));
}

function ranks(values: readonly number[]): readonly number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let at = from; at <= to; at++) result[order[at]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return result;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
