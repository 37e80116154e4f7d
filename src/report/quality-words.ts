/** Quality in words: metric names, figures with intervals, floors and verdicts. */
import { significant } from "../core/format-quantity.ts";
import type { Range } from "../receipt/receipt.ts";
import type { ChoiceCandidate, ChoiceFloor, Metric } from "../score/choice-report.ts";

/** Metrics whose customary form is a percentage. */
const PERCENTAGES = new Set(["accuracy", "word_error_rate", "character_error_rate", "precision", "recall"]);
const isPercentage = (metric: Metric): boolean => PERCENTAGES.has(metric.name);

/** `word_error_rate` → `word error rate`, `macro_f1` → `macro F1`. */
export const metricName = ({ name }: Metric): string => name.replaceAll("_", " ").replace(/\bf1\b/, "F1");

/** `96.7 %`, `0.934`; a value that only rounding would turn into all or nothing is not called so. */
export function qualityText(value: number, metric: Metric): string {
  if (!Number.isFinite(value)) return "unknown";
  return isPercentage(metric) ? `${percent(value)} %` : significant(value);
}

/** `94.1 … 98.2 %`. */
export function qualityInterval({ low, high }: Range, metric: Metric): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "interval unknown";
  return isPercentage(metric)
    ? `${percent(low)} … ${percent(high)} %`
    : `${significant(low)} … ${significant(high)}`;
}

function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  if (share < 1 && text === "100.0") return "> 99.9";
  if (share > 0 && text === "0.0") return "< 0.1";
  return text === "-0.0" ? "0.0" : text;
}

/** Of a chosen number, such as a floor or a tick: `90 %` needs no decimals. */
export const roundFigure = (value: number, metric: Metric): string =>
  qualityText(value, metric).replace(/\.0 %$/, " %");

/** `at least 90 %`, `at most 5 %`. */
export const floorWords = (floor: ChoiceFloor, metric: Metric): string =>
  `${metric.better === "higher" ? "at least" : "at most"} ${roundFigure(floor.value, metric)}`;

/** `≥ 90 %`, `≤ 5 %`. */
export const floorSign = (floor: ChoiceFloor, metric: Metric): string =>
  `${metric.better === "higher" ? "≥" : "≤"} ${roundFigure(floor.value, metric)}`;

/** The mark makes the verdict readable without colour. */
export const VERDICTS: Readonly<
  Record<ChoiceCandidate["floor"], { mark: string; words: string; short: string }>
> = {
  meets: { mark: "✓", words: "meets", short: "meets" },
  straddles: { mark: "≈", words: "likely meets", short: "likely" },
  misses: { mark: "✗", words: "misses", short: "misses" },
};
