/** From a head's numbers to what `frugal run` shows, as the pipelines of these tasks do. */
import type { EngineOutput, ScoredLabel } from "../../engines/engine.ts";
import { softmax } from "../../engines/onnx-classifier.ts";
import { finite } from "../../engines/pipeline-output.ts";
import type { EncoderAdapterTask } from "../../learn/lora/adapter-task.ts";
import { groupWords, type Word } from "./word-groups.ts";

const DEFAULT_TOP = 5;
/** What transformers calls the one answer of a regression. */
const NUMBER_LABEL = "LABEL_0";

/** @param answers of one text: a number for each label. */
export function labelAnswers(
  { layout, labels }: EncoderAdapterTask,
  answers: Float32Array,
  top: number = DEFAULT_TOP,
): EngineOutput {
  if (layout === "number")
    return { kind: "labels", labels: [{ label: NUMBER_LABEL, score: finite(answers[0], "the answer") }] };
  const scores =
    layout === "multi"
      ? Array.from(answers, (answer, at) => 1 / (1 + Math.exp(-finite(answer, `output ${at}`))))
      : softmax(answers);
  const named = scores.map((score, at): ScoredLabel => ({ label: labels[at]!, score }));
  return { kind: "labels", labels: named.sort((a, b) => b.score - a.score).slice(0, top) };
}

export interface LabelledText {
  readonly text: string;
  readonly words: readonly Word[];
  /** For each token the place of the word that begins there, or a negative number. */
  readonly starts: readonly number[];
}

/** @param answers of one text: a row of numbers for each token. */
export function tokenAnswers(
  { labels }: EncoderAdapterTask,
  answers: Float32Array,
  { text, words, starts }: LabelledText,
): EngineOutput {
  const width = labels.length;
  const labelled = starts.flatMap((word, token) => {
    if (word < 0) return [];
    const scores = softmax(answers.subarray(token * width, (token + 1) * width));
    const best = scores.reduce((most, score, at) => (score > scores[most]! ? at : most), 0);
    return [{ ...words[word]!, label: labels[best]!, score: scores[best]! }];
  });
  return { kind: "tokens", tokens: groupWords(text, labelled) };
}

/** Of length 1, unless told otherwise, as sentence-transformers has it. */
export function vectorAnswers(answers: Float32Array, normalize: boolean = true): EngineOutput {
  const checked = answers.map((value, at) => finite(value, `component ${at} of a vector`));
  const length = Math.sqrt(checked.reduce((sum, value) => sum + value * value, 0));
  const vector = normalize ? checked.map((value) => value / Math.max(length, 1e-12)) : checked;
  return { kind: "vector", vector };
}
