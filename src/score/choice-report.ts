/**
 * What a choice between models found, as plain data: `frugal choose` and the demo fill it, the report draws it.
 * JSON has no types, so keys carry the unit. Types and two pure functions only: a browser may read this file.
 * Absent parts are left out, never zero.
 */
import type { Range } from "../receipt/receipt.ts";

export const CHOICE_SCHEMA = "frugal.choice/1";

/** A quality metric with its reading direction. */
export interface Metric {
  /** accuracy, macro_f1, word_error_rate. */
  readonly name: string;
  /** Accuracy: "higher"; word error rate: "lower". */
  readonly better: "higher" | "lower";
}

export interface ChoiceFloor {
  /** The worst value that still does the job: a lower bound for accuracy, an upper bound for an error rate. */
  readonly value: number;
  /** Where the floor comes from: the user's option, a published figure. */
  readonly source: string;
}

export interface ChoiceQuality {
  /** One per seed, in the order of `ChoiceReport.seeds`; one entry where there is nothing to seed. */
  readonly per_seed: readonly { readonly seed: number; readonly estimate: Range }[];
  /** Over the seeds; `value` is the median, the interval is that of the median seed's test set. */
  readonly median: Range;
  /** Of the interval: "Wilson score", "percentile bootstrap over clips". */
  readonly method: string;
  /** Test items behind each estimate. */
  readonly count: number;
}

export interface ChoiceEnergy {
  readonly status: "measured" | "modelled" | "unavailable";
  /** Making the candidate ready: training. Left out where nothing was trained here. */
  readonly train_j?: Range;
  /** Joules per `unit`. Left out when no sensor and no model could tell. */
  readonly per_unit_j?: Range;
  /** The figure's denominator: "1,000 mails", "1 minute of speech". */
  readonly unit: string;
  /** Sensors or models with their parameters, each once. */
  readonly sources: readonly string[];
  /** Repeats behind `per_unit_j`. */
  readonly repeats: number;
}

/** How much more one candidate needs than the frugal reference; paired repeats, so that shared errors cancel. */
export interface RelativeEnergy {
  readonly reference: string;
  /** 1 is the reference itself, 20 is twenty times its energy. */
  readonly ratio: Range;
  /** How the interval was made. */
  readonly method: string;
}

export interface ConfusionFigure {
  readonly labels: readonly string[];
  /** Rows are true labels, columns are predicted ones. */
  readonly counts: readonly (readonly number[])[];
  readonly seed: number;
}

/** One test item by itself, where a mean hides what went wrong: a clip with its word error rate. */
export interface ChoiceItem {
  readonly name: string;
  /** In the report's metric. */
  readonly value: number;
  /** Reference words behind `value`, and the errors among them. */
  readonly words?: number;
  readonly errors?: number;
  readonly duration_s?: number;
  readonly expected?: string;
  readonly found?: string;
}

export interface ChoiceCandidate {
  readonly id: string;
  /** For tables: "TF-IDF + logistic regression". */
  readonly label: string;
  readonly kind: string;
  /** One or two plain sentences: what it is and what it was given. */
  readonly description: string;
  readonly quality: ChoiceQuality;
  readonly energy: ChoiceEnergy;
  readonly relative_energy?: RelativeEnergy;
  /** Wall time of the work that `per_unit_j` covers, per `energy.unit`. */
  readonly duration_s?: number;
  readonly train_s?: number;
  /** Files that the candidate needs to run. */
  readonly size_b?: number;
  /** "straddles": the estimate meets the floor, its interval does not exclude the other side. */
  readonly floor: "meets" | "straddles" | "misses";
  readonly confusion?: ConfusionFigure;
  readonly items?: readonly ChoiceItem[];
  /** The ready model that it builds on; left out where it needs none (word counts, a majority class). */
  readonly model?: { readonly id: string; readonly source?: string; readonly licence?: string };
  /** Ids of the receipts behind the figures. */
  readonly receipts: readonly string[];
  readonly notes: readonly string[];
}

export interface ChoiceData {
  readonly name: string;
  readonly source?: string;
  readonly licence?: string;
  /** "train", "test", "duplicates removed" …, in the order to be read. */
  readonly counts: Readonly<Record<string, number>>;
  /** sha256 of the texts and labels that were used, in hexadecimal. */
  readonly sha256?: string;
  /** Plain sentences: what was done to the raw data. */
  readonly prepared: readonly string[];
}

/** A figure taken from elsewhere, or derived from one, that the report sets beside ours. */
export interface PublishedFigure {
  readonly label: string;
  readonly value: Range;
  readonly unit: string;
  readonly source: string;
  readonly notes: readonly string[];
}

export interface ChoiceHardware {
  readonly cpu_model: string;
  readonly cpu_threads: number;
  readonly memory_b: number;
  readonly os: string;
  readonly arch: string;
}

export interface ChoiceCarbon {
  readonly zone: string;
  readonly zone_from: string;
  readonly intensity_g_per_kwh: Range;
  readonly year: number;
  readonly source: string;
  readonly licence?: string;
}

export interface ChoiceReport {
  readonly schema: typeof CHOICE_SCHEMA;
  readonly title: string;
  /** The user's question in words: "Which model sorts mail with the least energy?" */
  readonly question: string;
  readonly task: string;
  readonly metric: Metric;
  readonly floor: ChoiceFloor;
  readonly candidates: readonly ChoiceCandidate[];
  /** Id of the picked candidate; left out when none meets the floor. */
  readonly picked?: string;
  /** One plain sentence. */
  readonly why: string;
  readonly data: ChoiceData;
  readonly seeds: readonly number[];
  readonly made_at: string;
  readonly hardware?: ChoiceHardware;
  readonly carbon?: ChoiceCarbon;
  readonly published?: readonly PublishedFigure[];
  /** What the reader must know to not be misled. */
  readonly honesty: readonly string[];
}

/** Whether `estimate` does the job; the point estimate decides, the interval only warns. */
export function judgeFloor(estimate: Range, metric: Metric, floor: number): ChoiceCandidate["floor"] {
  const [meets, sure] =
    metric.better === "higher"
      ? [estimate.value >= floor, estimate.low >= floor]
      : [estimate.value <= floor, estimate.high <= floor];
  if (!meets) return "misses";
  return sure ? "meets" : "straddles";
}

/** The candidates that do the job, least energy first; those of unknown energy last, better quality first among equals. */
export function rankByFrugality(
  candidates: readonly ChoiceCandidate[],
  metric: Metric,
): readonly ChoiceCandidate[] {
  const energy = (one: ChoiceCandidate): number => one.energy.per_unit_j?.value ?? Number.POSITIVE_INFINITY;
  const sign = metric.better === "higher" ? -1 : 1;
  const quality = (one: ChoiceCandidate): number => sign * one.quality.median.value;
  const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
  return candidates
    .filter((one) => one.floor !== "misses")
    .toSorted((a, b) => compare(energy(a), energy(b)) || compare(quality(a), quality(b)));
}
