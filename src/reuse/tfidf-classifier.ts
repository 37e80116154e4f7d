/** TF-IDF and logistic regression: no model to fetch, milliseconds per text, and often the one to beat. */
import { type Progress, silent } from "../core/progress.ts";
import { classesOf } from "../learn/labelled-text.ts";
import { letEventsIn } from "../learn/let-events-in.ts";
import { classProbabilities, type LogisticModel } from "../learn/logistic-regression.ts";
import { fitTfidf, type TfidfModel, type TfidfOptions, tfidfRows } from "../learn/tfidf.ts";
import {
  fitClassifier,
  fp32,
  type LabelledText,
  scoredLabels,
  type TextClassifier,
  type TrainingOptions,
  type TrainingReport,
} from "./text-classifier.ts";

export interface TfidfClassifier extends TextClassifier {
  readonly kind: "tfidf-logistic";
  readonly tfidf: TfidfModel;
  readonly logistic: LogisticModel;
}

/** Counts are sublinear by default; terms must be in two texts, or one where there are few examples. */
export interface TfidfClassifierOptions extends TrainingOptions, Omit<TfidfOptions, "signal"> {}

/** In fewer texts, most words come once. */
const FEW_EXAMPLES = 100;
const TEXTS_AT_ONCE = 64;

/** @throws "empty-input" without examples; "bad-data" for one class only, no words, or what is no text. */
export async function trainTfidfClassifier(
  examples: readonly LabelledText[],
  options: TfidfClassifierOptions = {},
): Promise<TfidfClassifier> {
  const { progress = silent, signal, words, maxTerms } = options;
  const classes = classesOf(examples);
  const texts = examples.map(({ text }) => text);
  progress({ kind: "phase", name: "counting words" });
  const counted = await fitTfidf(texts, {
    sublinear: options.sublinear ?? true,
    minTexts: options.minTexts ?? (examples.length < FEW_EXAMPLES ? 1 : 2),
    ...(words && { words }),
    ...(maxTerms !== undefined && { maxTerms }),
    ...(signal && { signal }),
  });
  const tfidf = { ...counted, idf: fp32(counted.idf) };
  const fitted = await fitClassifier(tfidfRows(tfidf)(texts), classes, options);
  return tfidfClassifier({ labels: classes.labels, tfidf, ...fitted });
}

export interface TfidfParts {
  readonly labels: readonly string[];
  readonly tfidf: TfidfModel;
  readonly logistic: LogisticModel;
  readonly training: TrainingReport;
}

export function tfidfClassifier(parts: TfidfParts): TfidfClassifier {
  const { labels, tfidf, logistic } = parts;
  const toRows = tfidfRows(tfidf);
  return {
    kind: "tfidf-logistic",
    ...parts,
    async classify(texts, signal, progress = silent) {
      const scored = [];
      let unknown = 0;
      for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
        await letEventsIn("classifying texts", signal);
        const rows = toRows(texts.slice(start, start + TEXTS_AT_ONCE));
        scored.push(...scoredLabels(labels, classProbabilities(logistic, rows)));
        unknown += rows.starts.filter((end, row) => row > 0 && end === rows.starts[row - 1]).length;
        progress({ kind: "advance", done: scored.length, total: texts.length });
      }
      noteUnknown(unknown, texts.length, progress);
      return scored;
    },
  };
}

/** Such a text gets the scores that the model gives before it has read anything. */
function noteUnknown(unknown: number, texts: number, progress: Progress): void {
  if (unknown === 0) return;
  const text = `${unknown} of ${texts} texts hold no word that the model knows: their scores say nothing about them`;
  progress({ kind: "note", text });
}
