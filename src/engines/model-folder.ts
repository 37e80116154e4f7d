/** A local model folder in the hub's layout, checked before any engine opens it. */
import { createHash } from "node:crypto";
import { FrugalError, systemCode } from "../core/error.ts";
import { outlineOnnx } from "../formats/onnx-outline.ts";
import { chooseDtype, type Dtype, type DtypeChoice } from "./choose-dtype.ts";
import type { ReadFiles } from "./clear-files.ts";
import type { ModelFile } from "./engine.ts";
import { TASKS, type Task, taskFacts } from "./task-table.ts";

export interface CheckedFolder {
  readonly choice: DtypeChoice;
  /** Everything that the engine will read, with digests. */
  readonly files: readonly ModelFile[];
}

const remedy = "copy or download the whole model folder again";
const incomplete = (folder: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({ code: "model-incomplete", what: `${folder} is incomplete`, why, remedy, cause });

/** @throws "file-missing", "model-incomplete", "bad-model", "wrong-task", "bad-option". */
export async function checkModelFolder(
  files: ReadFiles,
  folder: string,
  task: Task,
  wanted?: Dtype,
): Promise<CheckedFolder> {
  const stat = await files.stat(folder);
  if (stat?.kind !== "folder") {
    throw new FrugalError({
      code: "file-missing",
      what: `there is no model folder ${folder}`,
      why: stat === undefined ? "it does not exist" : "it is not a folder",
      remedy: "give the folder that holds the model's config.json, or a hub id as owner/name",
    });
  }
  const config = await readJson(files, folder, "config.json");
  checkTask(folder, config, task);
  const needed = ["config.json", ...companionsOf(task)];
  for (const name of needed) await readJson(files, folder, name);
  const names = await weightNames(files, folder);
  const choice = chooseDtype(folder, names, wanted);
  const weights = await Promise.all(choice.files.map((path) => checkWeights(files, folder, path)));
  const optional = ["tokenizer.json", "tokenizer_config.json", "generation_config.json"];
  const read = new Set([...needed, ...choice.files, ...weights.flat()]);
  for (const name of optional) if ((await files.stat(`${folder}/${name}`)) !== undefined) read.add(name);
  const digests: ModelFile[] = [];
  for (const path of [...read].sort()) digests.push(await digestFile(files, folder, path));
  return { choice, files: digests };
}

/** The files beside config.json that the task cannot do without. */
function companionsOf(task: Task): readonly string[] {
  const { input, output, needsLabels } = taskFacts(task);
  const readsText = input === "text" || input === "question-context";
  const handlesText = readsText || needsLabels === true || output === "text" || output === "answers";
  return [
    ...(handlesText ? ["tokenizer.json", "tokenizer_config.json"] : []),
    ...(readsText ? [] : ["preprocessor_config.json"]),
  ];
}

async function readJson(files: ReadFiles, folder: string, name: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await files.readText(`${folder}/${name}`);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") throw incomplete(folder, `${name} is missing`, thrown);
    throw thrown;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (thrown) {
    throw incomplete(folder, `${name} is not whole JSON`, thrown);
  }
  throw incomplete(folder, `${name} holds no object`);
}

async function weightNames(files: ReadFiles, folder: string): Promise<string[]> {
  try {
    return (await files.list(`${folder}/onnx`)).map((name) => `onnx/${name}`);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") throw incomplete(folder, "it has no onnx folder", thrown);
    throw thrown;
  }
}

/** @returns the external data files that the weights name, relative to the folder. */
async function checkWeights(files: ReadFiles, folder: string, path: string): Promise<string[]> {
  const outline = await outlineOnnx(files, `${folder}/${path}`);
  if (outline.damage !== undefined) throw incomplete(folder, `${path} ${outline.damage}`);
  for (const { location, endsAt } of outline.external) {
    const size = (await files.stat(`${folder}/onnx/${location}`))?.size;
    if (size === undefined)
      throw incomplete(folder, `onnx/${location} is missing, ${path} keeps its weights there`);
    if (size < endsAt) throw incomplete(folder, `onnx/${location} has ${size} of at least ${endsAt} bytes`);
  }
  return outline.external.map(({ location }) => `onnx/${location}`);
}

/** An architecture name that fits other tasks and not this one is refused; an unknown one is left to the engine. */
function checkTask(folder: string, config: Record<string, unknown>, task: Task): void {
  const names = Array.isArray(config["architectures"]) ? config["architectures"].map(String) : [];
  if (names.length === 0 || names.some((name) => fits(name, task))) return;
  // A vocabulary means a model of texts: "BertModel" must not be offered for images.
  const ofTexts = "vocab_size" in config;
  const fitting = (Object.keys(TASKS) as Task[]).filter(
    (other) =>
      names.some((name) => fits(name, other)) && (!ofTexts || !taskFacts(other).input.startsWith("image")),
  );
  if (fitting.length === 0) return;
  throw new FrugalError({
    code: "wrong-task",
    what: `${folder} does not do ${task}`,
    why: `it holds ${names.join(", ")}`,
    remedy: `use it for ${fitting.join(" or ")}, or choose a model made for ${task}`,
  });
}

const fits = (architecture: string, task: Task): boolean =>
  taskFacts(task).architectures.some((ending) => architecture.endsWith(ending));

export async function digestFile(files: ReadFiles, folder: string, path: string): Promise<ModelFile> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of files.stream(`${folder}/${path}`)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { path, size_b: size, sha256: hash.digest("hex") };
}
