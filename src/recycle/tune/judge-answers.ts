/** What an encoder's answers on held-out texts are worth. */
import type { EncodedTexts } from "../../learn/data/encode-texts.ts";
import { IGNORED } from "../../learn/losses/classification.ts";
import type { Evaluation } from "../../learn/train/train-state.ts";
import { classScores } from "../../score/class-scores.ts";
import { confusionMatrix } from "../../score/classification-score.ts";
import { entityScores } from "../../score/entity-score.ts";
import { regressionScore } from "../../score/regression-score.ts";

/** Answers of one item: a row's scores, or a vector for each of its texts, or scores for each token. */
export type ItemAnswers = readonly Float32Array[];

export type Judgement = Omit<Evaluation, "step"> & {
  /** Right or wrong, for each decision: what intervals are made of. Empty where nothing is decided. */
  readonly hits: readonly boolean[];
};

/** @param answers of each item, in the texts' order. */
export function judgeAnswers(texts: EncodedTexts, answers: readonly ItemAnswers[]): Judgement {
  switch (texts.layout) {
    case "class":
      return judgeClasses(texts, answers);
    case "token":
      return judgeTokens(texts, answers);
    case "multi":
      return judgeMulti(texts, answers);
    case "number":
      return judgeNumbers(
        texts.items.map(({ labels }) => labels[0]!),
        answers.map((rows) => rows[0]![0]!),
      );
    case "score":
      return judgeNumbers(
        texts.items.map(({ labels }) => labels[0]!),
        answers.map(([a, b]) => cosine(a!, b!)),
      );
    case "none":
      return judgeRanking(answers);
    default:
      return texts.layout satisfies never;
  }
}

function judgeClasses({ items, names }: EncodedTexts, answers: readonly ItemAnswers[]): Judgement {
  const truth = items.map(({ labels }) => labels[0]!);
  const predicted = answers.map(([scores]) => best(scores!));
  const loss = mean(answers.map(([scores], at) => surprise(scores!, truth[at]!)));
  return classJudgement(names, truth, predicted, loss);
}

function judgeTokens({ items, names }: EncodedTexts, answers: readonly ItemAnswers[]): Judgement {
  const kept = items.flatMap(({ labels }, item) =>
    labels.flatMap((label, at) => (label === IGNORED ? [] : [{ label, item, at }])),
  );
  const predicted = kept.map(({ item, at }) => best(answers[item]![at]!));
  const loss = mean(kept.map(({ label, item, at }) => surprise(answers[item]![at]!, label)));
  const judged = classJudgement(
    names,
    kept.map(({ label }) => label),
    predicted,
    loss,
  );
  if (!names.some((name) => /^[BI]-/.test(name))) return judged;
  const sentences = (of: (at: number) => number): string[][] => {
    const rows: string[][] = items.map(() => []);
    for (const [at, { item }] of kept.entries()) rows[item]!.push(names[of(at)]!);
    return rows;
  };
  const { precision, recall, f1 } = entityScores(
    sentences((at) => kept[at]!.label),
    sentences((at) => predicted[at]!),
  );
  const metrics = { ...judged.metrics, entity_precision: precision, entity_recall: recall, entity_f1: f1 };
  return { ...judged, score: f1, metrics };
}

function classJudgement(
  names: readonly string[],
  truth: readonly number[],
  predicted: readonly number[],
  loss: number,
): Judgement {
  const named = (classes: readonly number[]): string[] => classes.map((one) => names[one]!);
  const { macro, weighted } = classScores(confusionMatrix(names, named(truth), named(predicted)));
  const hits = truth.map((label, at) => label === predicted[at]);
  const accuracy = mean(hits.map(Number));
  return { loss, score: accuracy, metrics: { accuracy, macro_f1: macro.f1, weighted_f1: weighted.f1 }, hits };
}

function judgeMulti({ items }: EncodedTexts, answers: readonly ItemAnswers[]): Judgement {
  let [right, claimed, wanted, loss, count] = [0, 0, 0, 0, 0];
  const hits = items.map(({ labels }, item) => {
    const scores = answers[item]![0]!;
    let exact = true;
    for (const [at, label] of labels.entries()) {
      const score = scores[at]!;
      const says = score > 0 ? 1 : 0;
      right += says * label;
      claimed += says;
      wanted += label;
      loss += Math.max(score, 0) - score * label + Math.log1p(Math.exp(-Math.abs(score)));
      count++;
      exact &&= says === label;
    }
    return exact;
  });
  const f1 = claimed + wanted === 0 ? 0 : (2 * right) / (claimed + wanted);
  return {
    loss: loss / count,
    score: f1,
    metrics: { micro_f1: f1, exact_match: mean(hits.map(Number)) },
    hits,
  };
}

function judgeNumbers(truth: readonly number[], predicted: readonly number[]): Judgement {
  const { meanSquaredError, meanAbsoluteError, r2, pearson, spearman } = regressionScore(truth, predicted);
  const metrics = { mse: meanSquaredError, mae: meanAbsoluteError, r2, pearson, spearman };
  return { loss: meanSquaredError, score: -meanSquaredError, metrics, hits: [] };
}

/** How often an anchor's own positive is the nearest of all positives. */
function judgeRanking(answers: readonly ItemAnswers[]): Judgement {
  const positives = answers.map((texts) => unit(texts[1]!));
  let loss = 0;
  const hits = answers.map((texts, own) => {
    const anchor = unit(texts[0]!);
    const scores = Float32Array.from(positives, (positive) => SCALE * dot(anchor, positive));
    loss += surprise(scores, own);
    return best(scores) === own;
  });
  const accuracy = mean(hits.map(Number));
  return { loss: loss / answers.length, score: accuracy, metrics: { recall_at_1: accuracy }, hits };
}
/** As MultipleNegativesRankingLoss has it. */
const SCALE = 20;

function best(scores: Float32Array): number {
  let found = 0;
  for (let at = 1; at < scores.length; at++) if (scores[at]! > scores[found]!) found = at;
  return found;
}

/** −log softmax(scores)[label] */
function surprise(scores: Float32Array, label: number): number {
  const most = scores.reduce((a, b) => Math.max(a, b));
  return Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0)) + most - scores[label]!;
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0);
const unit = (a: Float32Array): Float32Array => {
  const length = Math.sqrt(dot(a, a));
  return a.map((value) => value / Math.max(length, 1e-12));
};
const cosine = (a: Float32Array, b: Float32Array): number => dot(unit(a), unit(b));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
