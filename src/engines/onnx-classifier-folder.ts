/** A folder of kind `onnx-image-classifier`: its manifest parsed and its weights checked before they are opened. */
import { FrugalError } from "../core/error.ts";
import { outlineOnnx } from "../formats/onnx-outline.ts";
import type { Manifest } from "../models/manifest.ts";
import { DTYPES, type Dtype } from "./choose-dtype.ts";
import type { ReadFiles } from "./clear-files.ts";
import type { ModelFile } from "./engine.ts";
import type { ImageInput, OpenRequest } from "./engine-messages.ts";
import { digestFile } from "./model-folder.ts";
import type { Task } from "./task-table.ts";

export interface CheckedClassifier {
  readonly request: OpenRequest;
  readonly dtype: Dtype;
  readonly files: readonly ModelFile[];
}

/** The manifest's own part: `weights`, a file name, their `dtype`, and `input`, how pixels become the tensor. */
export async function checkOnnxClassifier(
  files: ReadFiles,
  folder: string,
  manifest: Manifest,
  task: Task,
): Promise<CheckedClassifier> {
  if (manifest.kind !== "onnx-image-classifier" || task !== "image-classification") {
    throw new FrugalError({
      code: "wrong-task",
      what: `${folder} does not do ${task}`,
      why: `it holds a model of kind ${manifest.kind}`,
      remedy:
        manifest.task === task
          ? "open it with frugal run, or with openModel of frugal/reuse"
          : `use it for ${manifest.task}, or choose a model made for ${task}`,
    });
  }
  const { weights } = manifest;
  // A manifest may come from anywhere: it must not name a file outside its folder.
  if (typeof weights !== "string" || !/^[\w-][\w.-]*\.onnx$/.test(weights)) {
    throw damaged(folder, `its weights are ${String(weights)}, not the name of an .onnx file`);
  }
  const dtype = DTYPES.find((known) => known === manifest["dtype"]);
  if (dtype === undefined) throw damaged(folder, `its dtype is ${String(manifest["dtype"])}`);
  const image = parseInput(folder, manifest["input"]);
  const { damage } = await outlineOnnx(files, `${folder}/${weights}`);
  if (damage !== undefined) {
    throw new FrugalError({
      code: "model-incomplete",
      what: `${folder} is incomplete`,
      why: `${weights} ${damage}`,
      remedy: "copy the whole model folder again",
    });
  }
  return {
    dtype,
    request: {
      engine: "onnxruntime",
      task: "image-classification",
      model: `${folder}/${weights}`,
      labels: manifest.labels,
      image,
    },
    files: [await digestFile(files, folder, "frugal.json"), await digestFile(files, folder, weights)],
  };
}

const damaged = (folder: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${folder}/frugal.json does not describe an image classifier`,
    why,
    remedy: "make the folder again with the command that wrote it",
  });

const LARGEST_SIDE = 4_096;

function parseInput(folder: string, input: unknown): ImageInput {
  const fields = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>;
  const side = (name: string): number => {
    const value = fields[name];
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LARGEST_SIDE)
      return value;
    throw damaged(folder, `its input ${name} is ${String(value)}`);
  };
  const { channels, scale } = fields;
  if (channels !== 1 && channels !== 3) throw damaged(folder, `its input has ${String(channels)} channels`);
  if (typeof scale !== "number" || !Number.isFinite(scale)) throw damaged(folder, "its input has no scale");
  const perChannel = (name: string): number[] => {
    const value = fields[name];
    if (Array.isArray(value) && value.length === channels && value.every(Number.isFinite)) return value;
    throw damaged(folder, `its input ${name} is not a list of ${channels} numbers`);
  };
  const std = perChannel("std");
  if (std.includes(0)) throw damaged(folder, "its input std holds a zero");
  return { width: side("width"), height: side("height"), channels, scale, mean: perChannel("mean"), std };
}
