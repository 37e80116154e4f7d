/** A saved classifier as an engine: run, measured and recorded like any other model. */
import { isAbsolute, join } from "node:path";
import { FrugalError, invariant } from "../core/error.ts";
import type { World } from "../core/ports.ts";
import { VERSION } from "../core/version.ts";
import type { Dtype } from "../engines/choose-dtype.ts";
import type { Engine, EngineFacts } from "../engines/engine.ts";
import type { OpenOptions } from "../engines/open-engine.ts";
import { CLASSIFIER_TASK, type ClassifierManifest } from "./classifier-manifest.ts";
import {
  type LoadedClassifier,
  type LoadOptions,
  loadClassifier,
  readClassifierManifest,
} from "./load-classifier.ts";

const DEFAULT_TOP = 5;
/** The classifier makes its own batches, and tells `progress` how far it is. */
const BATCH_SIZE = Number.MAX_SAFE_INTEGER;

/** @throws "wrong-task", "bad-option"; "file-missing", "model-incomplete", "bad-model" as loadClassifier does. */
export async function openClassifier(
  world: World,
  options: OpenOptions,
  { open }: Pick<LoadOptions, "open"> = {},
): Promise<Engine> {
  const folder = isAbsolute(options.model) ? options.model : join(world.cwd, options.model);
  const name = folder.split(/[\\/]/).filter(Boolean).at(-1) || folder;
  const manifest = await readClassifierManifest(world, folder);
  checkOptions(name, manifest, options);
  const { signal, progress } = options;
  const loaded = await loadClassifier(world, folder, { ...(signal && { signal }), ...(open && { open }) });
  const { classifier } = loaded;
  return {
    facts: factsOf(name, loaded),
    async run(items, { top = DEFAULT_TOP }, runSignal) {
      const texts = items.map((item) => {
        invariant(item.kind === "text", `a text classifier was given ${item.kind}`);
        return item.text;
      });
      const scored = await classifier.classify(texts, runSignal, progress);
      return scored.map((labels) => ({ kind: "labels", labels: labels.slice(0, top) }));
    },
    close: loaded.close,
  };
}

function factsOf(model: string, { classifier, files }: LoadedClassifier): EngineFacts {
  const common = {
    task: CLASSIFIER_TASK,
    model,
    files,
    dtypeFrom: "only one",
    device: "cpu",
    batchSize: BATCH_SIZE,
  } as const;
  if (classifier.kind === "tfidf-logistic") {
    return { ...common, engine: "frugal tf-idf", dtype: "fp32", versions: { frugal: VERSION } };
  }
  // The encoder does nearly all of the work: its dtype is the one that matters. The weights on top are fp32.
  const { dtype, versions } = classifier.encoder.facts;
  return {
    ...common,
    engine: "frugal embeddings",
    dtype,
    versions: { ...versions, frugal: VERSION },
  };
}

/** Options that would make it another model than the one that was trained are refused. */
function checkOptions(name: string, { kind, encoder }: ClassifierManifest, options: OpenOptions): void {
  if (options.task !== CLASSIFIER_TASK) {
    throw new FrugalError({
      code: "wrong-task",
      what: `${name} does not do ${options.task}`,
      why: `it holds a model of kind ${kind}`,
      remedy: `use it for ${CLASSIFIER_TASK}, or choose a model made for ${options.task}`,
    });
  }
  const dtype: Dtype = encoder?.dtype ?? "fp32";
  if (options.dtype !== undefined && options.dtype !== dtype) {
    throw badOption(`--dtype ${options.dtype}`, `${name} does not come in it`, `use ${dtype}`);
  }
  if (options.maxTokens !== undefined && options.maxTokens !== encoder?.maxTokens) {
    const limit = encoder?.maxTokens === undefined ? "without that limit" : `with ${encoder.maxTokens}`;
    throw badOption(`--max-tokens ${options.maxTokens}`, `${name} was trained ${limit}`, "leave it out");
  }
}

const badOption = (what: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-option", what, why, remedy });
