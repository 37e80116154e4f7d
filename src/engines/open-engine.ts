/** The one way to open a model: checks it, chooses dtype and engine, starts the child that loads it. */
import { isAbsolute, join } from "node:path";
import { FrugalError } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { type Progress, silent } from "../core/progress.ts";
import { readManifest } from "../models/manifest.ts";
import { type Dtype, mixesBatch } from "./choose-dtype.ts";
import { clearFiles } from "./clear-files.ts";
import type { Engine, EngineFacts } from "./engine.ts";
import type { OpenRequest } from "./engine-messages.ts";
import { startEngineProcess } from "./engine-process.ts";
import { type HubModel, resolveHubModel } from "./hub-model.ts";
import { type CheckedFolder, checkModelFolder } from "./model-folder.ts";
import { checkOnnxClassifier } from "./onnx-classifier-folder.ts";
import { type Task, taskFacts } from "./task-table.ts";

export interface OpenOptions {
  readonly task: Task;
  /** A folder, or a hub id as owner/name where no such folder exists. */
  readonly model: string;
  readonly dtype?: Dtype;
  /** Cuts texts after this many tokens; the tokenizer's own limit otherwise. */
  readonly maxTokens?: number;
  readonly signal?: AbortSignal;
  /** Told how far the download of a hub model is, in MB. */
  readonly progress?: Progress;
}

/** Items per call where they do not influence each other: enough to keep two to eight cores busy on short texts. */
const BATCH_SIZE = 16;
const BYTES_PER_MB = 1_000_000;

export async function openEngine(world: World, options: OpenOptions): Promise<Engine> {
  const folder = isAbsolute(options.model) ? options.model : join(world.cwd, options.model);
  const local = (await clearFiles(world.files).stat(folder))?.kind === "folder";
  const hub = local ? undefined : await resolveHubModel(world, options.model, options.dtype, options.signal);
  if (hub?.cachedFolder !== undefined) return await openFolder(world, hub.cachedFolder, options, hub);
  if (hub !== undefined) return await openRemote(world, hub, options);
  return await openFolder(world, folder, options);
}

async function openFolder(
  world: World,
  folder: string,
  options: OpenOptions,
  hub?: HubModel,
): Promise<Engine> {
  const files = clearFiles(world.files, options.signal);
  const manifest = await readManifest(world.files, folder);
  const name = hub?.id ?? (folder.split(/[\\/]/).filter(Boolean).at(-1) || folder);
  if (manifest !== undefined) {
    const checked = await checkOnnxClassifier(files, folder, manifest, options.task);
    if (options.dtype !== undefined && options.dtype !== checked.dtype) {
      throw new FrugalError({
        code: "bad-option",
        what: `--dtype ${options.dtype}`,
        why: `${name} does not come in it`,
        remedy: `use ${checked.dtype}`,
      });
    }
    return await start(world, name, checked.request, options, {
      dtype: checked.dtype,
      dtypeFrom: "only one",
      files: checked.files,
    });
  }
  const checked = await checkModelFolder(files, folder, options.task, options.dtype);
  const request: OpenRequest = {
    engine: "transformers.js",
    task: options.task,
    model: folder,
    dtype: checked.choice.dtype,
    ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
  };
  return await start(world, name, request, options, { ...chosen(checked), ...commitOf(hub) });
}

async function openRemote(world: World, hub: HubModel, options: OpenOptions): Promise<Engine> {
  const request: OpenRequest = {
    engine: "transformers.js",
    task: options.task,
    model: hub.id,
    dtype: hub.choice.dtype,
    ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
    remote: { endpoint: hub.endpoint, cacheFolder: hub.cacheFolder, commit: hub.commit },
  };
  options.progress?.({ kind: "phase", name: `fetching ${hub.id}`, unit: "MB" });
  const engine = await start(world, hub.id, request, options, {
    dtype: hub.choice.dtype,
    dtypeFrom: hub.choice.from,
    files: [],
    ...commitOf(hub),
  });
  try {
    // The files are there only now; a half download is found here.
    const folder = join(hub.cacheFolder, hub.id);
    const reading = clearFiles(world.files, options.signal);
    const { files } = await checkModelFolder(reading, folder, options.task, hub.choice.dtype);
    return { ...engine, facts: { ...engine.facts, files } };
  } catch (thrown) {
    await engine.close();
    throw thrown;
  }
}

const chosen = (checked: CheckedFolder): Pick<EngineFacts, "dtype" | "dtypeFrom" | "files"> => ({
  dtype: checked.choice.dtype,
  dtypeFrom: checked.choice.from,
  files: checked.files,
});
const commitOf = (hub: HubModel | undefined): { commit?: string } =>
  hub === undefined ? {} : { commit: hub.commit };

async function start(
  world: World,
  model: string,
  request: OpenRequest,
  options: OpenOptions,
  known: Pick<EngineFacts, "dtype" | "dtypeFrom" | "files" | "commit">,
): Promise<Engine> {
  const { progress = silent, signal } = options;
  const megabytes = (size: number): number => Math.round(size / BYTES_PER_MB);
  const child = await startEngineProcess(world.processes, model, request, signal, (bytes, total) =>
    progress({ kind: "advance", done: megabytes(bytes), total: megabytes(total) }),
  );
  const { engine, versions, sampleRateHz } = child.opened;
  const batches = taskFacts(options.task).batches === true && !mixesBatch(known.dtype);
  return {
    facts: {
      engine,
      task: options.task,
      model,
      ...known,
      device: "cpu",
      versions,
      ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
      batchSize: batches ? BATCH_SIZE : 1,
    },
    run: child.run,
    close: child.close,
  };
}
