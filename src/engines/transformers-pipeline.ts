/**
 * transformers.js pipelines as an engine (child side). Everything the library would decide silently, where files come from, dtype,
 * device, network, is set here.
 */
import { FrugalError, messageOf, reasonOf, unwritable } from "../core/error.ts";
import type { EngineItem, EngineOutput } from "./engine.ts";
import type { OpenRequest } from "./engine-messages.ts";
import { callPipeline, type PipelineTools } from "./pipeline-call.ts";
import type { Pipeline } from "./pipeline-options.ts";
import { requireEngine } from "./require-engine.ts";
import type { LoadedEngine, OnFetched } from "./serve-engine.ts";
import { unreadableImage } from "./unreadable-image.ts";

type Request = Extract<OpenRequest, { engine: "transformers.js" }>;

/** @param stray rejects with what the library throws where nobody waits: a failed download does so, beside or before its own promise. */
export async function loadPipeline(
  request: Request,
  onFetched: OnFetched,
  stray: Promise<never>,
): Promise<LoadedEngine> {
  const library = await requireEngine(
    "@huggingface/transformers",
    async () => await import("@huggingface/transformers"),
  );
  const { env, LogLevel, RawImage } = library;
  env.logLevel = LogLevel.ERROR;
  env.allowRemoteModels = request.remote !== undefined;
  env.useFSCache = request.remote !== undefined;
  if (request.remote !== undefined) {
    env.remoteHost = request.remote.endpoint;
    env.cacheDir = request.remote.cacheFolder;
    // pipeline() lists files at "main" whatever revision it is given: the template pins the commit for every request.
    env.remotePathTemplate = `{model}/resolve/${request.remote.commit}/`;
    // A folder of the same name beside the program must not shadow the hub.
    env.allowLocalModels = false;
  }
  // The library's type of pipeline() is a union over all tasks, too large for the compiler.
  const open = library.pipeline as unknown as (
    task: string,
    model: string,
    options: object,
  ) => Promise<Pipeline>;
  let pipeline: Pipeline;
  try {
    const opening = open(request.task, request.model, {
      dtype: request.dtype,
      device: "cpu",
      ...(request.remote === undefined
        ? { local_files_only: true }
        : { progress_callback: fetchReporter(onFetched) }),
    });
    pipeline = await Promise.race([opening, stray]);
  } catch (thrown) {
    throw openFailure(request, thrown);
  }
  if (request.maxTokens !== undefined) limitTokens(pipeline, request.maxTokens);
  const sampleRateHz = pipeline.processor?.feature_extractor?.config?.sampling_rate;
  const tools: PipelineTools = {
    readImage: async (bytes) => {
      try {
        return await RawImage.fromBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]));
      } catch (thrown) {
        throw unreadableImage(thrown);
      }
    },
  };
  return {
    versions: { "@huggingface/transformers": env.version, ...onnxVersion(env) },
    ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
    run: async (items: readonly EngineItem[], options): Promise<EngineOutput[]> => {
      if (options.seed !== undefined) library.random.seed(options.seed);
      return await callPipeline(request.task, pipeline, tools, items, options);
    },
  };
}

const REPORT_EVERY_MS = 200;

/** The library reports every chunk of every file: a few reports a second are enough. */
function fetchReporter(onFetched: OnFetched): (event: unknown) => void {
  let reportedAt = 0;
  return (event) => {
    const { status, loaded, total } = event as { status: string; loaded?: number; total?: number };
    if (status !== "progress_total" || loaded === undefined || total === undefined) return;
    const now = performance.now();
    if (loaded < total && now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    onFetched(loaded, total);
  };
}

/** Absent where the backend does not tell its version. */
function onnxVersion(env: { readonly backends: { readonly onnx: object } }): Record<string, string> {
  const { versions } = env.backends.onnx as { versions?: { node?: string; common?: string } };
  const version = versions?.node ?? versions?.common;
  return version === undefined ? {} : { "onnxruntime-node": version };
}

/** The tokenizer truncates at its own limit; a lower one is set where it keeps it. */
function limitTokens(pipeline: Pipeline, maxTokens: number): void {
  const settings = pipeline.tokenizer?._tokenizerConfig;
  if (settings === undefined) return;
  settings.model_max_length = Math.min(maxTokens, settings.model_max_length ?? maxTokens);
}

/** The library throws plain errors: their texts are read once, here. */
function openFailure(request: Request, thrown: unknown): FrugalError {
  const message = messageOf(thrown);
  const missing = /file was not found locally at "([^"]+)"/.exec(message)?.[1];
  const absent =
    missing ?? /(?:Could not locate file|No such file[^:]*): "?([^"]+?)"?\.?$/.exec(message)?.[1];
  if (absent !== undefined) {
    return new FrugalError({
      code: "model-incomplete",
      what: `${request.model} is incomplete`,
      why: `${absent} is missing`,
      remedy: "copy or download the whole model again, or choose a dtype whose files are all there",
      cause: thrown,
    });
  }
  if (/^Unsupported model type|Could not find .*model|does not support/i.test(message)) {
    return new FrugalError({
      code: "wrong-task",
      what: `${request.model} does not do ${request.task}`,
      why: message,
      remedy: "choose a model of that task",
      cause: thrown,
    });
  }
  if (/ENOSPC|EDQUOT/.test(message)) {
    return unwritable(`cannot store ${request.model}`, thrown, "set FRUGAL_HOME to a folder on another disk");
  }
  if (
    /fetch failed|^terminated$|ENOTFOUND|ECONN|Unauthorized|ETIMEDOUT|occurred while trying to load file/i.test(
      message,
    )
  ) {
    return new FrugalError({
      code: "network-unavailable",
      what: `cannot download ${request.model}`,
      why: reasonOf(thrown),
      remedy: "check the network, or give the folder of a model that is on this machine",
      cause: thrown,
    });
  }
  return new FrugalError({
    code: "bad-model",
    what: `${request.model} cannot be opened`,
    why: message,
    remedy: "check that its files are whole and that it was made for transformers.js",
    cause: thrown,
  });
}
