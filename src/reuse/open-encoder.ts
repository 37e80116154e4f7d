/** The encoder that a classifier was trained on: found where the manifest says, and proved to be the same. */
import { isAbsolute, join } from "node:path";
import { FrugalError } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { clearFiles } from "../engines/clear-files.ts";
import type { Embedder, EmbedderOptions, openEmbedder } from "../engines/embedder.ts";
import type { EncoderRecord } from "./classifier-manifest.ts";

/** @throws "file-missing" when a folder is gone; "bad-model" when its files are others; besides what opening throws. */
export async function openEncoder(
  world: World,
  folder: string,
  record: EncoderRecord,
  open: typeof openEmbedder,
  signal?: AbortSignal,
): Promise<Embedder> {
  const { dtype, maxTokens, run } = record;
  const isRelative = /^\.\.?\//.test(record.model);
  const model = isRelative ? join(folder, record.model) : record.model;
  if (isAbsolute(model) && (await clearFiles(world.files).stat(model))?.kind !== "folder") {
    throw new FrugalError({
      code: "file-missing",
      what: `the encoder of ${folder} is gone`,
      why: `there is no folder ${model}`,
      remedy: "put it back there, write its new place into frugal.json (encoder, model), or train again",
    });
  }
  const options: EmbedderOptions = {
    model,
    dtype,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(run && { run }),
    ...(signal && { signal }),
  };
  const encoder = await open(world, options);
  const other = difference(record, encoder);
  if (other === undefined) return encoder;
  await encoder.close();
  throw new FrugalError({
    code: "bad-model",
    what: `${model} is not the encoder that ${folder} was trained on`,
    why: other,
    remedy: "put the old encoder back, or train the classifier again on this one",
  });
}

function difference(record: EncoderRecord, { facts }: Embedder): string | undefined {
  const digests = new Map(facts.files.map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256 } of record.files) {
    if (!digests.has(path)) return `${path} is not read any more`;
    if (digests.get(path) !== sha256) return `${path} has another content`;
  }
  return facts.files.length === record.files.length ? undefined : "it reads more files";
}
