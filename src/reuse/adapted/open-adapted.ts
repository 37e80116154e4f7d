/** A model with an adapter as an engine (parent side): the child that runs it, its files with digests, and its scratch folder. */
import { dirname, relative } from "node:path";
import { FrugalError } from "../../core/error.ts";
import type { Files, World } from "../../core/ports.ts";
import { clearFiles, type ReadFiles, unreadable } from "../../engines/clear-files.ts";
import type { Engine, ModelFile } from "../../engines/engine.ts";
import { startEngineProcess } from "../../engines/engine-process.ts";
import { digestFile } from "../../engines/model-folder.ts";
import type { OpenOptions } from "../../engines/open-engine.ts";
import { taskFields } from "../../learn/lora/adapter-task.ts";
import { type AdaptedModel, ENGINE_TASKS, nameOf } from "../../learn/lora/find-adapted.ts";
import { makeScratch } from "../../learn/lora/scratch.ts";
import { optionalJson } from "../../models/read-model-json.ts";

/** Texts of one call: they are sorted into few shapes, which small portions would each have of their own. */
const PORTION = 1_024;

/** @throws "bad-option" for a dtype; what the child throws on opening. */
export async function openAdapted(
  world: World,
  model: AdaptedModel,
  { dtype, maxTokens, signal }: Pick<OpenOptions, "dtype" | "maxTokens" | "signal">,
): Promise<Engine> {
  if (dtype !== undefined && dtype !== "fp32") {
    throw new FrugalError({
      code: "bad-option",
      what: `--dtype ${dtype}`,
      why: "an adapter is merged into its base in fp32",
      remedy: "leave it out",
    });
  }
  const { adapter, base, tokenizerFolder, task } = model;
  const scratch = await makeScratch(world);
  const request = {
    engine: "frugal adapter" as const,
    task: taskFields(task),
    adapter,
    base,
    tokenizerFolder,
    scratch: scratch.folder,
    today: world.clock.stamp(),
    ...(maxTokens !== undefined && { maxTokens }),
  };
  try {
    const child = await startEngineProcess(world.processes, nameOf(adapter), request, signal);
    try {
      const { versions, paths = [] } = child.opened;
      return {
        facts: {
          engine: "frugal adapter",
          task: ENGINE_TASKS[task.task],
          model: nameOf(adapter),
          base: nameOf(base),
          parents: await trainingOf(world.files, adapter),
          dtype: "fp32",
          dtypeFrom: "only one",
          device: "cpu",
          versions,
          files: await digests(world.files, model, paths, signal),
          batchSize: task.task === "causal-lm" ? 1 : PORTION,
        },
        run: child.run,
        async close() {
          await child.close();
          await scratch.remove();
        },
      };
    } catch (thrown) {
      await child.close();
      throw thrown;
    }
  } catch (thrown) {
    await scratch.remove();
    throw thrown;
  }
}

/** The receipt of the training, where the folder holds it. */
async function trainingOf(files: Pick<Files, "readText">, adapter: string): Promise<readonly string[]> {
  const id = (await optionalJson(files, `${adapter}/receipt.json`))?.["id"];
  return typeof id === "string" ? [id] : [];
}

/** It was there a moment ago. */
const listed = (files: ReadFiles, folder: string): Promise<readonly string[]> =>
  files.list(folder).catch((thrown) => {
    throw thrown instanceof FrugalError ? thrown : unreadable(folder, thrown);
  });

const ADAPTER_FILES = /^(adapter_config\.json|adapter_model\.(safetensors|bin)|frugal-task\.json)$/;
const MODEL_FILES = /^(config|generation_config|tokenizer|tokenizer_config)\.json$/;

/** All that was read, as FOLDER/FILE. @param weights absolute paths of the base's. */
async function digests(
  files: Files,
  { adapter, base, tokenizerFolder }: AdaptedModel,
  weights: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly ModelFile[]> {
  const reading = clearFiles(files, signal);
  const inFolder = async (folder: string, names: RegExp): Promise<string[]> =>
    (await listed(reading, folder)).filter((name) => names.test(name)).map((name) => `${folder}/${name}`);
  const baseFolder = weights.includes(base) ? dirname(base) : base;
  const paths = new Set([
    ...(await inFolder(adapter, ADAPTER_FILES)),
    ...(await inFolder(baseFolder, MODEL_FILES)),
    ...(tokenizerFolder === baseFolder ? [] : await inFolder(tokenizerFolder, /^tokenizer(_config)?\.json$/)),
    ...weights,
  ]);
  const found: ModelFile[] = [];
  for (const path of paths) {
    const folder = path.startsWith(`${adapter}/`) ? adapter : baseFolder;
    const { size_b, sha256 } = await digestFile(reading, dirname(path), nameOf(path));
    const inside = relative(folder, path).replaceAll("\\", "/");
    found.push({ path: `${nameOf(folder)}/${inside}`, size_b, sha256 });
  }
  return found;
}
