/** The files of a classifier's folder beside its manifest: weights, and the vocabulary of TF-IDF. */
import { createHash } from "node:crypto";
import { FrugalError, systemCode } from "../core/error.ts";
import type { ReadFiles } from "../engines/clear-files.ts";
import type { ModelFile } from "../engines/engine.ts";
import { fp32Tensor, fp32Values, readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { type LogisticModel, outputsFor } from "../learn/logistic-regression.ts";
import { LARGEST_RUN, type TfidfModel } from "../learn/tfidf.ts";

export const WEIGHTS_NAME = "weights.safetensors";
export const VOCABULARY_NAME = "vocabulary.json";

export const fileOf = (path: string, bytes: Uint8Array): ModelFile => ({
  path,
  size_b: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

/** `weight` [features, outputs], `bias` [outputs] and, for TF-IDF, `idf` [features]; all fp32. */
export function weightsBytes(
  { outputs, weights, intercepts }: LogisticModel,
  idf?: Float64Array,
): Uint8Array {
  return writeSafetensors({
    weight: fp32Tensor([weights.length / outputs, outputs], weights),
    bias: fp32Tensor([outputs], intercepts),
    ...(idf && { idf: fp32Tensor([idf.length], idf) }),
  });
}

export const vocabularyBytes = ({ words, sublinear, terms }: TfidfModel): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify({ words, sublinear, terms })}\n`);

/** The file's bytes, when they are those that the manifest lists; throws "model-incomplete" or "bad-model". */
export async function readListed(
  files: ReadFiles,
  folder: string,
  listed: readonly ModelFile[],
  path: string,
): Promise<Uint8Array> {
  const wanted = listed.find((file) => file.path === path);
  if (wanted === undefined) throw badFile(folder, path, "the manifest does not list it");
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(`${folder}/${path}`);
  } catch (thrown) {
    const cause = thrown instanceof FrugalError ? thrown.cause : thrown;
    if (systemCode(cause) === "ENOENT") throw incomplete(folder, `${path} is missing`, thrown);
    throw thrown;
  }
  if (bytes.length !== wanted.size_b) {
    throw incomplete(folder, `${path} has ${bytes.length} of ${wanted.size_b} bytes`);
  }
  if (fileOf(path, bytes).sha256 !== wanted.sha256) {
    throw badFile(folder, path, "its content was changed after it was written");
  }
  return bytes;
}

/** @param features how many terms the vocabulary has; without one there is no idf, and the weights tell. */
export function parseWeights(
  folder: string,
  bytes: Uint8Array,
  classes: number,
  features?: number,
): { readonly logistic: LogisticModel; readonly idf: Float64Array } {
  const { tensors } = readSafetensors(`${folder}/${WEIGHTS_NAME}`, bytes);
  const values = (name: string, shape: readonly number[]): Float64Array => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== "float32" || tensor.shape.join() !== shape.join()) {
      throw badFile(folder, WEIGHTS_NAME, `it has no tensor ${name} of fp32 [${shape.join(", ")}]`);
    }
    const numbers = fp32Values(tensor);
    const bad = numbers.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw badFile(folder, WEIGHTS_NAME, `the tensor ${name} holds ${bad}`);
    return numbers;
  };
  const outputs = outputsFor(classes);
  const columns = features ?? tensors.get("weight")?.shape[0] ?? 0;
  const logistic = {
    classes,
    outputs,
    weights: values("weight", [columns, outputs]),
    intercepts: values("bias", [outputs]),
  };
  return { logistic, idf: features === undefined ? new Float64Array() : values("idf", [features]) };
}

export function parseVocabulary(folder: string, bytes: Uint8Array): Omit<TfidfModel, "idf"> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (thrown) {
    throw badFile(folder, VOCABULARY_NAME, "it is not JSON", thrown);
  }
  const { words, sublinear, terms } = (value ?? {}) as Record<string, unknown>;
  if (!isRange(words) || typeof sublinear !== "boolean") {
    throw badFile(folder, VOCABULARY_NAME, "it does not say how words are counted");
  }
  if (!Array.isArray(terms) || terms.length === 0 || !terms.every((term) => typeof term === "string")) {
    throw badFile(folder, VOCABULARY_NAME, "it holds no list of terms");
  }
  return { words, sublinear, terms };
}

const isRange = (words: unknown): words is [number, number] =>
  Array.isArray(words) &&
  words.length === 2 &&
  words.every((size) => Number.isSafeInteger(size) && size >= 1 && size <= LARGEST_RUN);

const incomplete = (folder: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "model-incomplete",
    what: `${folder} is incomplete`,
    why,
    remedy: "train and save the classifier again, or copy the whole folder again",
    cause,
  });

const badFile = (folder: string, path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${folder}/${path} is damaged`,
    why,
    remedy: "train and save the classifier again, or copy the whole folder again",
    cause,
  });
