/** A model folder's encoder, from weights of a family that is known, or else from its ONNX file. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import { type RangedFiles, unreadable } from "../../formats/file-range.ts";
import type { OnnxModel } from "../../formats/onnx/model.ts";
import { readOnnxModel } from "../../formats/onnx/read-model.ts";
import type { Builder } from "../../graph/builder.ts";
import { importModel } from "../../graph/import.ts";
import { dequantizeWeights } from "../../graph/passes/dequantize-weights.ts";
import { forTraining } from "../../graph/passes/for-training.ts";
import { buildBert } from "../bert/build-bert.ts";
import { BERT_FAMILY, type BertType, longestRow, readBertConfig } from "../bert/config.ts";
import type { WeightLookup } from "../find-weight.ts";
import { buildModernBert, readModernBertConfig } from "../modernbert/build-modernbert.ts";
import { openWeights } from "../open-weights.ts";
import { type JsonObject, optionalJson } from "../read-model-json.ts";
import type { Encoded } from "./encoder.ts";
import { addImported } from "./imported.ts";
import type { Batch } from "./layers.ts";

export interface OpenEncoder {
  /** model_type of config.json. */
  readonly type: string;
  /** Width of its hidden states. */
  readonly hidden: number;
  readonly limits: { readonly vocabulary: number; readonly positions: number; readonly types: number };
  /** The files that hold its weights. */
  readonly paths: readonly string[];
  /** What it has of a head of its own: weights by name, undefined for those that it lacks. */
  readonly lookup: WeightLookup;
  /** Adds it to a graph, with the weights of a head beside its own. */
  encode(build: Builder, batch: Batch, lookup: WeightLookup): Encoded;
}

type EncoderFiles = RangedFiles & Pick<Files, "list" | "readText">;

/** Of several ONNX files the most exact one is adapted. */
const ONNX_NAMES = [
  "model.onnx",
  "model_fp16.onnx",
  "model_q8.onnx",
  "model_quantized.onnx",
  "model_q4.onnx",
  "model_q4f16.onnx",
];

/** @throws "file-missing", "model-incomplete", "bad-model"; "graph-unsupported" for families without a builder and without an ONNX file. */
export async function openEncoder(files: EncoderFiles, folder: string): Promise<OpenEncoder> {
  const path = `${folder}/config.json`;
  const json = await readJson(files, path);
  const type = String(json["model_type"]);
  const onnx = await onnxFile(files, folder);
  const names = await files.list(folder).catch((thrown) => {
    throw unreadable(folder, thrown);
  });
  const hasWeights = names.some((name) => /\.(safetensors|bin|gguf)$/.test(name));
  if (!hasWeights && onnx !== undefined) return await openImported(files, { path, json, onnx });
  const isBert = BERT_FAMILY.includes(type as BertType);
  if (!isBert && type !== "modernbert") {
    if (onnx !== undefined) return await openImported(files, { path, json, onnx });
    throw new FrugalError({
      code: "graph-unsupported",
      what: `${folder} cannot be adapted`,
      why: `its model_type is ${type}, which has no builder, and it holds no ONNX file`,
      remedy: `use a model of ${[...BERT_FAMILY, "modernbert"].join(", ")}, or a folder with onnx/model.onnx`,
    });
  }
  const { tensors, paths } = await openWeights(files, folder);
  const lookup: WeightLookup = (name) => {
    const found = tensors.get(name);
    return found && asFloat(found, "float32");
  };
  if (isBert) {
    const config = readBertConfig(path, json);
    const { vocabulary, types, hidden } = config;
    return {
      type,
      hidden,
      limits: { vocabulary, positions: longestRow(config), types },
      paths,
      lookup,
      encode: (build, batch, withHead) => buildBert(build, config, withHead, batch),
    };
  }
  const config = readModernBertConfig(path, json);
  const { vocabulary, positions, hidden } = config;
  return {
    type,
    hidden,
    limits: { vocabulary, positions, types: 0 },
    paths,
    lookup,
    encode: (build, batch, withHead) => buildModernBert(build, config, withHead, batch),
  };
}

/** Files beside the model's own that hold its weights. */
function weightFiles({ graph }: OnnxModel): readonly string[] {
  const found = [...graph.initializers.values()].flatMap(({ data }) => ("path" in data ? [data.path] : []));
  return [...new Set(found)].sort();
}

interface OnnxSource {
  readonly path: string;
  readonly json: JsonObject;
  readonly onnx: string;
}

async function openImported(files: EncoderFiles, { path, json, onnx }: OnnxSource): Promise<OpenEncoder> {
  const model = await readOnnxModel(files, onnx);
  const number = (name: string, otherwise?: number): number => {
    const value = json[name] ?? otherwise;
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
    throw new FrugalError({
      code: "bad-model",
      what: `${path} does not tell what the model is like`,
      why: `its ${name} is ${value}`,
      remedy: "copy the model's config.json again",
    });
  };
  return {
    type: String(json["model_type"]),
    hidden: number("hidden_size"),
    limits: {
      vocabulary: number("vocab_size"),
      positions: number("max_position_embeddings", 512),
      types: model.graph.inputs.some(({ name }) => name === "token_type_ids")
        ? number("type_vocab_size", 2)
        : 0,
    },
    paths: [...new Set([onnx, ...weightFiles(model)])],
    lookup: () => undefined,
    encode(build, batch, weights) {
      const { graph, problems } = importModel(model, sizesOf(model, batch));
      const problem = problems[0];
      if (problem !== undefined) throw problem.error;
      return addImported(build, { graph: forTraining(dequantizeWeights(graph)), weights });
    },
  };
}

/** Rows and tokens, under whatever names the file's inputs have them. */
function sizesOf(model: OnnxModel, { rows, length }: Batch): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { type } of model.graph.inputs) {
    if (type?.kind !== "tensor" || type.shape?.length !== 2) continue;
    for (const [at, side] of type.shape.entries())
      if (typeof side === "string") sizes.set(side, at === 0 ? rows : length);
  }
  return sizes;
}

async function onnxFile(files: EncoderFiles, folder: string): Promise<string | undefined> {
  for (const inner of [`${folder}/onnx`, folder]) {
    const names: readonly string[] = await files.list(inner).catch(() => []);
    const found = ONNX_NAMES.find((name) => names.includes(name));
    if (found !== undefined) return `${inner}/${found}`;
  }
  return undefined;
}

async function readJson(files: EncoderFiles, path: string): Promise<JsonObject> {
  const json = await optionalJson(files, path);
  if (json !== undefined) return json;
  throw new FrugalError({
    code: "file-missing",
    what: `there is no ${path}`,
    why: "a model folder says in it what the model is",
    remedy: "give a folder in the layout of the Hugging Face Hub",
  });
}
