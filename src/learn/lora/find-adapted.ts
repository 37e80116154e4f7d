/** An adapter's folder and its base, found and asked what they do, before anything is computed. */
import { basename, dirname, resolve } from "node:path";
import { FrugalError } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { parseTask, type Task } from "../../engines/task-table.ts";
import { clearStat } from "../../formats/file-range.ts";
import { readAdapterConfig } from "./adapter-folder.ts";
import { ADAPTER_TASKS, type AdapterTask, type AdapterTaskName, readAdapterTask } from "./adapter-task.ts";
import { readSettings } from "./settings-json.ts";

export interface AdaptedModel {
  readonly adapter: string;
  /** A model's folder, or a GGUF file. */
  readonly base: string;
  /** The adapter's where it brings one: tokens may have been added. */
  readonly tokenizerFolder: string;
  readonly task: AdapterTask;
  /** What of the adapter's settings is not known and left out. */
  readonly warnings: readonly string[];
}

export interface AdaptedSources {
  readonly adapter: string;
  /** Instead of the base that the adapter names. */
  readonly model?: string;
  readonly task?: string;
}

/** As engines name tasks. */
export const ENGINE_TASKS: Readonly<Record<AdapterTaskName, Task>> = {
  "text-classification": "text-classification",
  "token-classification": "token-classification",
  "sentence-similarity": "feature-extraction",
  "causal-lm": "text-generation",
};

/** @throws "file-missing", "model-incomplete", "bad-model", "wrong-task", "unknown-task", "adapter-task-unknown", "unsupported-input", "file-unreadable". */
export async function findAdapted(
  { files, cwd }: Pick<World, "files" | "cwd">,
  { adapter, model, task }: AdaptedSources,
): Promise<AdaptedModel> {
  const said = task === undefined ? undefined : saidTask(task);
  const folder = resolve(cwd, adapter);
  if ((await clearStat(files, folder))?.kind !== "folder")
    throw missing(`there is no adapter ${adapter}`, "name the folder that frugal tune or PEFT wrote");
  const { path, json } = await readAdapterConfig(files, folder, "PEFT");
  const { warnings } = readSettings(path, json);
  const named = model ?? json["base_model_name_or_path"];
  if (typeof named !== "string" || named === "") {
    throw new FrugalError({
      code: "bad-option",
      what: `the base of ${adapter} is not known`,
      why: `${path} does not name it`,
      remedy: "name the model's folder with --model",
    });
  }
  const base = resolve(cwd, named);
  if ((await clearStat(files, base)) === undefined) {
    throw missing(
      model === undefined ? `the base of ${adapter} is not here` : `there is no model ${model}`,
      "name the folder of the model that the adapter was trained on with --model",
      model === undefined ? `it was trained on ${named}` : undefined,
    );
  }
  const baseFolder = (await clearStat(files, base))?.kind === "folder" ? base : dirname(base);
  const ownTokenizer = await clearStat(files, `${folder}/tokenizer.json`);
  return {
    adapter: folder,
    base,
    tokenizerFolder: ownTokenizer === undefined ? baseFolder : folder,
    warnings,
    task: await readAdapterTask(files, { adapter: folder, base: baseFolder, ...(said && { said }) }),
  };
}

/** Under the name of an adapter's task, or of an engine's. */
function saidTask(name: string): AdapterTaskName {
  const own = ADAPTER_TASKS.find((one) => one === name);
  if (own !== undefined) return own;
  const task = parseTask(name);
  const found = ADAPTER_TASKS.find((one) => ENGINE_TASKS[one] === task);
  if (found !== undefined) return found;
  throw new FrugalError({
    code: "wrong-task",
    what: `no adapter does ${task}`,
    why: `adapters are run for ${ADAPTER_TASKS.map((one) => ENGINE_TASKS[one]).join(", ")}`,
    remedy: "leave --adapter out, or choose one of these tasks",
  });
}

const missing = (what: string, remedy: string, why = "it does not exist"): FrugalError =>
  new FrugalError({ code: "file-missing", what, why, remedy });

/** What stands for it in results and receipts. */
export const nameOf = (path: string): string => basename(path);
