/** `frugal.json` of a text classifier: what it was trained to do, on what, and the digest of every file that it needs. */
import { createHash } from "node:crypto";
import { FrugalError } from "../core/error.ts";
import { DTYPES, type Dtype } from "../engines/choose-dtype.ts";
import type { EmbedderSource } from "../engines/embedder.ts";
import type { ModelFile, RunOptions } from "../engines/engine.ts";
import { MANIFEST_FORMAT, MANIFEST_NAME, type Manifest } from "../models/manifest.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import type { TrainingReport } from "./text-classifier.ts";

export const CLASSIFIER_TASK = "text-classification";
export const CLASSIFIER_KINDS = ["tfidf-logistic", "embedding-logistic"] as const;
export type ClassifierKind = (typeof CLASSIFIER_KINDS)[number];

export const isClassifier = ({ kind }: Manifest): boolean =>
  CLASSIFIER_KINDS.some((classifier) => classifier === kind);

/** The subfolder of a copied encoder, and what receipts call one wherever it lies. */
export const ENCODER_FOLDER = "encoder";

/** The encoder of an embedding classifier: where it lies and how to know it. */
export interface EncoderRecord extends EmbedderSource {
  /** `./…` and `../…` are relative to the classifier's folder; else an absolute folder or a hub id. */
  readonly model: string;
  readonly dtype: Dtype;
  readonly files: readonly ModelFile[];
}

export interface ClassifierManifest {
  readonly kind: ClassifierKind;
  readonly labels: readonly string[];
  readonly training: TrainingReport;
  readonly files: readonly ModelFile[];
  readonly encoder?: EncoderRecord;
}

export function manifestText(manifest: ClassifierManifest): string {
  const { kind, labels, training, files, encoder } = manifest;
  const { gradientNorm, ...rest } = training;
  const body = {
    format: MANIFEST_FORMAT,
    kind,
    task: CLASSIFIER_TASK,
    labels,
    dtype: "fp32",
    training: { ...rest, gradient_norm: gradientNorm },
    files,
    ...(encoder && { encoder: encoderJson(encoder) }),
  };
  return `${JSON.stringify({ ...body, seal: sealOf(body) }, null, 2)}\n`;
}

const encoderJson = ({
  model,
  dtype,
  maxTokens,
  run = {},
  files,
}: EncoderRecord): Record<string, unknown> => ({
  model,
  dtype,
  ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  ...(run.pooling && { pooling: run.pooling }),
  ...(run.normalize !== undefined && { normalize: run.normalize }),
  files,
});

/**
 * sha256 of the canonical JSON of all but the seal and the encoder's place: an encoder may move, and its own
 * digests tell whether it is still the same.
 */
function sealOf(manifest: Readonly<Record<string, unknown>>): string {
  const { seal: _, encoder, ...rest } = manifest;
  const { model: __, ...encoderRest } = fieldsOf(encoder);
  return createHash("sha256")
    .update(canonicalJson({ ...rest, encoder: encoderRest }))
    .digest("hex");
}

function isSealed(manifest: Manifest): boolean {
  try {
    return manifest["seal"] === sealOf(manifest);
  } catch {
    // Half of a surrogate pair has no canonical form, so nobody sealed it.
    return false;
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** @throws "bad-model" when a part is missing or is not what was written. */
export function parseClassifier(folder: string, manifest: Manifest): ClassifierManifest {
  const damaged = (why: string): FrugalError =>
    new FrugalError({
      code: "bad-model",
      what: `${folder}/${MANIFEST_NAME} does not describe a text classifier`,
      why,
      remedy: "train and save the classifier again, or copy the whole folder again",
    });
  const kind = CLASSIFIER_KINDS.find((classifier) => classifier === manifest.kind);
  if (kind === undefined) throw damaged(`it is of kind ${manifest.kind}`);
  if (!isSealed(manifest)) throw damaged("its content was changed after it was written");
  const training = parseTraining(manifest["training"]);
  const files = parseFiles(manifest["files"]);
  const encoder = kind === "embedding-logistic" ? parseEncoder(manifest["encoder"]) : undefined;
  if (new Set(manifest.labels).size < 2) throw damaged("it has fewer than two labels");
  if (training === undefined) throw damaged("it does not say how it was trained");
  if (files === undefined) throw damaged("it does not list its files");
  if (kind === "embedding-logistic" && encoder === undefined) throw damaged("it names no encoder");
  return { kind, labels: manifest.labels, training, files, ...(encoder && { encoder }) };
}

function parseTraining(value: unknown): TrainingReport | undefined {
  const { examples, c, iterations, gradient_norm: gradientNorm, converged } = fieldsOf(value);
  const numbers = { examples, c, iterations, gradientNorm };
  if (!Object.values(numbers).every(Number.isFinite) || typeof converged !== "boolean") return undefined;
  return { ...(numbers as Omit<TrainingReport, "converged">), converged };
}

function parseFiles(value: unknown): readonly ModelFile[] | undefined {
  const isFile = (file: unknown): file is ModelFile => {
    const { path, size_b, sha256 } = fieldsOf(file);
    return typeof path === "string" && Number.isSafeInteger(size_b) && typeof sha256 === "string";
  };
  return Array.isArray(value) && value.length > 0 && value.every(isFile) ? value : undefined;
}

const POOLINGS: readonly RunOptions["pooling"][] = ["mean", "cls", "last_token"];

function parseEncoder(value: unknown): EncoderRecord | undefined {
  const fields = fieldsOf(value);
  const { model, normalize, max_tokens: maxTokens } = fields;
  const dtype = DTYPES.find((known) => known === fields["dtype"]);
  const pooling = POOLINGS.find((known) => known === fields["pooling"]);
  const files = parseFiles(fields["files"]);
  if (typeof model !== "string" || dtype === undefined || files === undefined) return undefined;
  if (maxTokens !== undefined && !(Number.isSafeInteger(maxTokens) && Number(maxTokens) > 0))
    return undefined;
  if (pooling !== fields["pooling"] || (normalize !== undefined && typeof normalize !== "boolean"))
    return undefined;
  return {
    model,
    dtype,
    files,
    run: { ...(pooling && { pooling }), ...(normalize !== undefined && { normalize }) },
    ...(maxTokens !== undefined && { maxTokens: Number(maxTokens) }),
  };
}
