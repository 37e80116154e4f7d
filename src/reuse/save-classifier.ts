/** A trained classifier as a folder that `frugal run` opens. */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { FrugalError, messageOf, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { unreadable } from "../engines/clear-files.ts";
import type { Embedder } from "../engines/embedder.ts";
import { MANIFEST_NAME } from "../models/manifest.ts";
import { fileOf, VOCABULARY_NAME, vocabularyBytes, WEIGHTS_NAME, weightsBytes } from "./classifier-files.ts";
import { ENCODER_FOLDER, type EncoderRecord, manifestText } from "./classifier-manifest.ts";
import type { EmbeddingClassifier } from "./embedding-classifier.ts";
import type { TfidfClassifier } from "./tfidf-classifier.ts";

export interface SaveOptions {
  /** Copies the encoder of an embedding classifier into the folder, which then needs nothing else. */
  readonly copyEncoder?: boolean;
}

/**
 * The manifest goes first and comes last: at no moment does the folder open as something half-written.
 * @throws "disk-full", "file-unwritable"; when the encoder cannot be copied, "file-unreadable", or "bad-option" for one
 *   that is on the hub.
 */
export async function saveClassifier(
  files: Files,
  folder: string,
  classifier: TfidfClassifier | EmbeddingClassifier,
  options: SaveOptions = {},
): Promise<void> {
  const contents = contentsOf(classifier);
  const encoder =
    classifier.kind === "embedding-logistic" ? encoderRecord(classifier.encoder, folder, options) : undefined;
  const { kind, labels, training } = classifier;
  const listed = Object.entries(contents).map(([path, bytes]) => fileOf(path, bytes));
  const manifest = manifestText({ kind, labels, training, files: listed, ...(encoder && { encoder }) });
  try {
    await files.remove(join(folder, MANIFEST_NAME));
    for (const [path, bytes] of Object.entries(contents)) await files.writeAtomic(join(folder, path), bytes);
    if (classifier.kind === "embedding-logistic" && options.copyEncoder === true) {
      await copyEncoder(files, classifier.encoder, folder);
    }
    await files.writeAtomic(join(folder, MANIFEST_NAME), manifest);
  } catch (thrown) {
    if (thrown instanceof FrugalError) throw thrown;
    const code = systemCode(thrown);
    throw new FrugalError({
      code: code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "file-unwritable",
      what: `cannot save the classifier in ${folder}`,
      why: code ?? messageOf(thrown),
      remedy: "free space or correct the folder's permissions, or name another folder",
      cause: thrown,
    });
  }
}

function contentsOf(classifier: TfidfClassifier | EmbeddingClassifier): Readonly<Record<string, Uint8Array>> {
  if (classifier.kind === "embedding-logistic") return { [WEIGHTS_NAME]: weightsBytes(classifier.logistic) };
  return {
    [WEIGHTS_NAME]: weightsBytes(classifier.logistic, classifier.tfidf.idf),
    [VOCABULARY_NAME]: vocabularyBytes(classifier.tfidf),
  };
}

/** Where the encoder will be found: below the folder it moves along, elsewhere it is named in full. */
function encoderRecord({ source, facts }: Embedder, folder: string, options: SaveOptions): EncoderRecord {
  const record = { ...source, dtype: facts.dtype, files: facts.files };
  const refused = (why: string, remedy: string): FrugalError =>
    new FrugalError({
      code: "bad-option",
      what: `the classifier cannot be saved like this in ${folder}`,
      why,
      remedy,
    });
  if (!isAbsolute(source.model)) {
    if (options.copyEncoder !== true) return record;
    throw refused(
      `its encoder is ${source.model}, on the hub, and only a folder can be copied`,
      "open the encoder from a folder, or save without copying it",
    );
  }
  const inside = relative(resolve(folder), source.model);
  if (inside === "")
    throw refused("its encoder lies there, and a folder holds one model", "name another folder");
  if (options.copyEncoder === true) return { ...record, model: `./${ENCODER_FOLDER}` };
  const isBelow = inside.split(sep)[0] !== ".." && !isAbsolute(inside);
  return isBelow ? { ...record, model: `./${inside.split(sep).join("/")}` } : record;
}

async function copyEncoder(files: Files, { source, facts }: Embedder, folder: string): Promise<void> {
  const target = join(resolve(folder), ENCODER_FOLDER);
  if (target === source.model) return;
  for (const { path } of facts.files) {
    const from = join(source.model, path);
    const bytes = await files.readBytes(from).catch((thrown) => {
      throw unreadable(from, thrown);
    });
    await files.writeAtomic(join(target, path), bytes);
  }
}
