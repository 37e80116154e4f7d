/**
 * `frugal.json`: says what a model folder of ours holds. Hub folders have none; their config.json speaks for them.
 * Each kind parses the rest of its own manifest.
 */
import { FrugalError, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

export const MANIFEST_NAME = "frugal.json";
export const MANIFEST_FORMAT = "frugal.model/1";

export type ModelKind = "onnx-image-classifier" | "tfidf-logistic" | "embedding-logistic";

export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly kind: ModelKind;
  readonly task: string;
  readonly labels: readonly string[];
  /** What the kind needs besides. */
  readonly [key: string]: unknown;
}

const KINDS: readonly string[] = ["onnx-image-classifier", "tfidf-logistic", "embedding-logistic"];

/** undefined when the folder has no manifest; throws "bad-model" when it has a damaged one. */
export async function readManifest(files: Files, folder: string): Promise<Manifest | undefined> {
  const path = `${folder}/${MANIFEST_NAME}`;
  let text: string;
  try {
    text = await files.readText(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return undefined;
    throw new FrugalError({
      code: "file-unreadable",
      what: `cannot read ${path}`,
      why: systemCode(thrown) ?? "the read failed",
      remedy: "check the file's permissions and the disk",
      cause: thrown,
    });
  }
  const damaged = (why: string, cause?: unknown): FrugalError =>
    new FrugalError({
      code: "bad-model",
      what: `${path} does not describe a model`,
      why,
      remedy: "make the folder again with the command that wrote it",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw damaged("it is not JSON", thrown);
  }
  if (typeof value !== "object" || value === null) throw damaged("it is not an object");
  const { format, kind, task, labels } = value as Record<string, unknown>;
  if (format !== MANIFEST_FORMAT) throw damaged(`its format is ${String(format)}, not ${MANIFEST_FORMAT}`);
  if (typeof kind !== "string" || !KINDS.includes(kind)) throw damaged(`its kind is ${String(kind)}`);
  if (typeof task !== "string") throw damaged("it names no task");
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string")) {
    throw damaged("its labels are not a list of texts");
  }
  return value as Manifest;
}
