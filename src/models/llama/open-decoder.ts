/** A decoder of the Llama family from its folder, or from a GGUF file. */
import { dirname } from "node:path";
import { type ErrorCode, FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { findWeight, type Spelling } from "../find-weight.ts";
import { openWeights } from "../open-weights.ts";
import { type JsonObject, optionalJson } from "../read-model-json.ts";
import type { Weights } from "./build-llama.ts";
import { LLAMA_FAMILY, type LlamaConfig, readLlamaConfig } from "./config.ts";
import { readLlamaGguf } from "./from-gguf.ts";

export interface OpenDecoder {
  readonly config: LlamaConfig;
  /** model_type of config.json. */
  readonly type: string;
  /** Where its tokenizer and settings lie. */
  readonly folder: string;
  /** The files of its weights. */
  readonly paths: readonly string[];
  /** float32, by name. */
  readonly weights: Weights;
}

/** @param base a model's folder, or a GGUF file. @throws what reading it throws; "model-incomplete", "graph-unsupported". */
export async function openDecoder(
  files: RangedFiles & Pick<Files, "list" | "readText">,
  base: string,
): Promise<OpenDecoder> {
  // Before its weights: of a model of another kind they may lie in files that no decoder has.
  const told = /\.gguf$/i.test(base) ? undefined : await optionalJson(files, `${base}/config.json`);
  if (told !== undefined && !isOfFamily(told))
    throw noDecoder("graph-unsupported", base, `its model_type is ${told["model_type"]}`);
  const { tensors, gguf, paths } = await openWeights(files, base);
  if (gguf === undefined && told === undefined)
    throw noDecoder("model-incomplete", base, "config.json is missing");
  const json = gguf === undefined ? told : undefined;
  const fromFolder = (name: string) => {
    const found = tensors.get(name);
    return found && asFloat(found, "float32");
  };
  const opened =
    json !== undefined
      ? {
          type: String(json["model_type"]),
          config: readLlamaConfig(`${base}/config.json`, json),
          weights: (name: string) => findWeight(fromFolder, name, DECODER_SPELLINGS),
        }
      : {
          type: String(gguf!.get("general.architecture")?.value),
          ...readLlamaGguf(paths[0]!, { tensors, metadata: gguf! }),
        };
  return { ...opened, paths, folder: paths[0] === base ? dirname(base) : base };
}

/** Files of the bare decoder have no "model." before its names. */
export const DECODER_SPELLINGS: readonly Spelling[] = [[/^model\./, ""]];

const isOfFamily = (json: JsonObject): boolean => LLAMA_FAMILY.some((type) => type === json["model_type"]);

const noDecoder = (code: ErrorCode, base: string, why: string): FrugalError =>
  new FrugalError({
    code,
    what: `${base} is no decoder that can be built`,
    why,
    remedy: `use a model of ${LLAMA_FAMILY.join(", ")}, or a GGUF file of one`,
  });
