/** A saved classifier's folder back as a classifier, every byte checked. */
import { FrugalError } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { clearFiles } from "../engines/clear-files.ts";
import { openEmbedder } from "../engines/embedder.ts";
import type { ModelFile } from "../engines/engine.ts";
import { digestFile } from "../engines/model-folder.ts";
import { MANIFEST_NAME, readManifest } from "../models/manifest.ts";
import {
  parseVocabulary,
  parseWeights,
  readListed,
  VOCABULARY_NAME,
  WEIGHTS_NAME,
} from "./classifier-files.ts";
import { type ClassifierManifest, ENCODER_FOLDER, parseClassifier } from "./classifier-manifest.ts";
import { type EmbeddingClassifier, embeddingClassifier } from "./embedding-classifier.ts";
import { openEncoder } from "./open-encoder.ts";
import { type TfidfClassifier, tfidfClassifier } from "./tfidf-classifier.ts";

export interface LoadedClassifier {
  readonly classifier: TfidfClassifier | EmbeddingClassifier;
  /** With digests; those of an encoder under `encoder/`, wherever it lies. */
  readonly files: readonly ModelFile[];
  /** Closes the encoder, where there is one. */
  close(): Promise<void>;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  /** How encoders are opened; openEmbedder unless a caller has its own. */
  readonly open?: typeof openEmbedder;
}

/** @throws "file-missing" where no classifier was saved; "bad-model" when the manifest is damaged. */
export async function readClassifierManifest(
  world: Pick<World, "files">,
  folder: string,
): Promise<ClassifierManifest> {
  const manifest = await readManifest(world.files, folder);
  if (manifest !== undefined) return parseClassifier(folder, manifest);
  throw new FrugalError({
    code: "file-missing",
    what: `there is no classifier in ${folder}`,
    why: `it holds no ${MANIFEST_NAME}`,
    remedy: "give the folder that a classifier was saved in",
  });
}

/**
 * @param folder an absolute path.
 * @throws "model-incomplete", "bad-model"; "file-missing" when there is no classifier or its encoder is gone.
 */
export async function loadClassifier(
  world: World,
  folder: string,
  options: LoadOptions = {},
): Promise<LoadedClassifier> {
  const { labels, training, files: listed, encoder: record } = await readClassifierManifest(world, folder);
  const files = clearFiles(world.files);
  const weights = await readListed(files, folder, listed, WEIGHTS_NAME);
  const own = [await digestFile(files, folder, MANIFEST_NAME), ...listed];
  if (record === undefined) {
    const vocabulary = parseVocabulary(folder, await readListed(files, folder, listed, VOCABULARY_NAME));
    const { logistic, idf } = parseWeights(folder, weights, labels.length, vocabulary.terms.length);
    const classifier = tfidfClassifier({ labels, training, logistic, tfidf: { ...vocabulary, idf } });
    return { classifier, files: own, close: async () => {} };
  }
  const { logistic } = parseWeights(folder, weights, labels.length);
  const encoder = await openEncoder(world, folder, record, options.open ?? openEmbedder, options.signal);
  return {
    classifier: embeddingClassifier({ labels, training, logistic, encoder }),
    files: [...own, ...record.files.map((file) => ({ ...file, path: `${ENCODER_FOLDER}/${file.path}` }))],
    close: () => encoder.close(),
  };
}
