/** A frozen encoder and logistic regression on its vectors. */
import { FrugalError } from "../core/error.ts";
import { silent } from "../core/progress.ts";
import type { Embedder } from "../engines/embedder.ts";
import { denseMatrix } from "../learn/feature-matrix.ts";
import { classesOf } from "../learn/labelled-text.ts";
import { classProbabilities, type LogisticModel } from "../learn/logistic-regression.ts";
import {
  fitClassifier,
  type LabelledText,
  scoredLabels,
  type TextClassifier,
  type TrainingOptions,
  type TrainingReport,
} from "./text-classifier.ts";

export interface EmbeddingClassifier extends TextClassifier {
  readonly kind: "embedding-logistic";
  /** Whoever opened it closes it; the classifier works until then. */
  readonly encoder: Embedder;
  readonly logistic: LogisticModel;
}

/** @throws "empty-input" without examples; "bad-data" for one class only, or what is no text. */
export async function trainEmbeddingClassifier(
  encoder: Embedder,
  examples: readonly LabelledText[],
  options: TrainingOptions = {},
): Promise<EmbeddingClassifier> {
  const { progress = silent, signal } = options;
  const classes = classesOf(examples);
  progress({ kind: "phase", name: "embedding", total: examples.length, unit: "texts" });
  const vectors = await encoder.embed(
    examples.map(({ text }) => text),
    signal,
    progress,
  );
  const fitted = await fitClassifier(denseMatrix(vectors, vectors[0]!.length), classes, options);
  return embeddingClassifier({ labels: classes.labels, encoder, ...fitted });
}

export interface EmbeddingParts {
  readonly labels: readonly string[];
  readonly encoder: Embedder;
  readonly logistic: LogisticModel;
  readonly training: TrainingReport;
}

export function embeddingClassifier(parts: EmbeddingParts): EmbeddingClassifier {
  const { labels, encoder, logistic } = parts;
  const columns = logistic.weights.length / logistic.outputs;
  return {
    kind: "embedding-logistic",
    ...parts,
    async classify(texts, signal, progress) {
      const vectors = await encoder.embed(texts, signal, progress);
      const other = vectors.find(({ length }) => length !== columns);
      if (other !== undefined) {
        throw new FrugalError({
          code: "bad-model",
          what: `${encoder.facts.model} does not fit the classifier`,
          why: `its vectors have ${other.length} numbers, the classifier was trained on ${columns}`,
          remedy: "use the encoder that the classifier was trained with",
        });
      }
      return scoredLabels(labels, classProbabilities(logistic, denseMatrix(vectors, columns)));
    },
  };
}
