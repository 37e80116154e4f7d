/** A tuned model as a folder of its own in the layout of the Hugging Face Hub: merged weights, and what else its base has. */
import { resolve } from "node:path";
import { FrugalError, systemCode, unwritable } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { writeSafetensorsFolder } from "../../formats/safetensors-folder.ts";
import { encoderPrefix } from "../../models/encoder/class-names.ts";
import { openWeights } from "../../models/open-weights.ts";
import { type JsonObject, optionalJson, optionalText } from "../../models/read-model-json.ts";
import type { Adapter } from "./adapter.ts";
import { mergeAdapter } from "./merge-adapter.ts";

/** What belongs to a model beside its weights: configurations, tokenizers, templates (huggingface/transformers, save_pretrained). */
const COMPANIONS =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|(pre)?processor_config)\.json|(vocab|merges)\.txt|(tokenizer|spiece|spm|sentencepiece\.bpe)\.model|chat_template\.(jinja|json))$/;

type MergeFiles = Pick<
  Files,
  "stat" | "list" | "readText" | "readBytes" | "writeAtomic" | "writeAtomicFrom" | "stream"
>;

/**
 * @param config what config.json says otherwise than that of the base, such as labels and architectures.
 * @returns the names of the files.
 * @throws as `openWeights` and `mergeAdapter`; "disk-full", "file-unwritable".
 */
export async function exportMerged(
  files: MergeFiles,
  { base, out, adapter, config = {} }: { base: string; out: string; adapter: Adapter; config?: JsonObject },
): Promise<readonly string[]> {
  requireApart(base, out);
  const { tensors, format } = await openWeights(files, base);
  if (format === "gguf") {
    throw new FrugalError({
      code: "unsupported-input",
      what: `the adapter cannot be merged into ${base}`,
      why: "it is a GGUF file",
      remedy: "merge into the model's safetensors, or use the adapter beside the GGUF file",
    });
  }
  const model = { ...(await optionalJson(files, `${base}/config.json`)), ...config };
  const merged = mergeAdapter(tensors, adapter, encoderPrefix(String(model["model_type"])));
  const written = await writeSafetensorsFolder(files, out, merged);
  return [...written, ...(await copyCompanions(files, { base, out, config }))];
}

/** @throws "bad-option": a base that is written over is lost. */
export function requireApart(base: string, out: string): void {
  if (resolve(base) !== resolve(out)) return;
  throw new FrugalError({
    code: "bad-option",
    what: `cannot merge into ${out}`,
    why: "the base itself lies there",
    remedy: "choose another folder",
  });
}

/** config.json with `config` in it, and what a model's folder has beside its weights. @returns the files' names. */
export async function copyCompanions(
  files: Pick<Files, "list" | "readText" | "stream" | "writeAtomic" | "writeAtomicFrom">,
  { base, out, config }: { readonly base: string; readonly out: string; readonly config: JsonObject },
): Promise<readonly string[]> {
  const written = ["config.json"];
  const json = { ...(await optionalJson(files, `${base}/config.json`)), ...config };
  try {
    const text = withFloats(
      JSON.stringify(json, undefined, 2),
      (await optionalText(files, `${base}/config.json`)) ?? "",
    );
    await files.writeAtomic(`${out}/config.json`, `${text}\n`);
    for (const name of await files.list(base)) {
      if (name === "config.json" || !COMPANIONS.test(name)) continue;
      await files.writeAtomicFrom(`${out}/${name}`, files.stream(`${base}/${name}`));
      written.push(name);
    }
  } catch (thrown) {
    if (thrown instanceof FrugalError || systemCode(thrown) === undefined) throw thrown;
    throw unwritable(`cannot write ${out}`, thrown, "choose another folder");
  }
  return written;
}

/** 2.0 of the base stays 2.0: to transformers, 2 is no float, and it refuses the file (huggingface_hub, dataclasses.py). */
function withFloats(json: string, base: string): string {
  const spelled = new Map<string, string>();
  for (const [, key, number] of base.matchAll(/("[^"]+")\s*:\s*(-?\d+\.0+)(?=\s*[,}])/g))
    spelled.set(`${key}: ${Number(number)}`, `${key}: ${number}`);
  return json.replaceAll(/"[^"]+": -?\d+(?=,?\n)/g, (pair) => spelled.get(pair) ?? pair);
}
