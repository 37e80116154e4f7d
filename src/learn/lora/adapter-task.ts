/** What an adapter was trained to do, beside its weights: frugal-task.json, or else what PEFT's and transformers' configurations tell. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { damaged, type JsonObject, optionalJson } from "../../models/read-model-json.ts";
import type { LabelLayout } from "../data/encode-texts.ts";
import { ADAPTER_CONFIG } from "./adapter-folder.ts";

export const TASK_FILE = "frugal-task.json";

export type AdapterTaskName =
  | "text-classification"
  | "token-classification"
  | "sentence-similarity"
  | "causal-lm";
export const ADAPTER_TASKS: readonly AdapterTaskName[] = [
  "text-classification",
  "token-classification",
  "sentence-similarity",
  "causal-lm",
];

/** How one vector is made of a row: by the family's own head, the mean of its tokens, or not at all. */
export type Pooling = "own" | "mean" | "none";
const POOLINGS: readonly Pooling[] = ["own", "mean", "none"];
const LAYOUTS: readonly LabelLayout[] = ["class", "token", "multi", "number", "score", "none"];

export interface EncoderAdapterTask {
  readonly task: Exclude<AdapterTaskName, "causal-lm">;
  readonly layout: LabelLayout;
  /** In the order of the head's answers. */
  readonly labels: readonly string[];
  readonly pooling: Pooling;
  /** Most tokens of a text in training; undefined where nobody tells. */
  readonly maxLength?: number;
}

export interface DecoderAdapterTask {
  readonly task: "causal-lm";
  readonly maxLength?: number;
  /** The template that it was trained on conversations with. */
  readonly chatTemplate?: string;
}

export type AdapterTask = EncoderAdapterTask | DecoderAdapterTask;

export const taskJson = (task: AdapterTask): string => `${JSON.stringify(taskFields(task), undefined, 2)}\n`;

/** As the file has it. */
export function taskFields(task: AdapterTask): JsonObject {
  const { maxLength } = task;
  const length = maxLength === undefined ? {} : { max_length: maxLength };
  if (task.task === "causal-lm") {
    const { chatTemplate } = task;
    return { task: task.task, ...length, ...(chatTemplate !== undefined && { chat_template: chatTemplate }) };
  }
  const { layout, labels, pooling } = task;
  return { task: task.task, layout, labels, pooling, ...length };
}

/** @throws "bad-model" for what is no such file. */
export function parseTask(path: string, json: JsonObject): AdapterTask {
  const one = <T extends string>(key: string, known: readonly T[]): T => {
    const found = known.find((name) => name === json[key]);
    if (found !== undefined) return found;
    throw damaged(path, `its ${key} is ${JSON.stringify(json[key])}, and none of ${known.join(", ")}`);
  };
  const task = one("task", ADAPTER_TASKS);
  const length = json["max_length"];
  if (length !== undefined && !(Number.isSafeInteger(length) && (length as number) > 0))
    throw damaged(path, `its max_length is ${JSON.stringify(length)}`);
  const common = length === undefined ? {} : { maxLength: length as number };
  if (task === "causal-lm") {
    const template = json["chat_template"];
    return { task, ...common, ...(typeof template === "string" && { chatTemplate: template }) };
  }
  const { labels } = json;
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string"))
    throw damaged(path, "its labels are no list of names");
  return { task, layout: one("layout", LAYOUTS), labels, pooling: one("pooling", POOLINGS), ...common };
}

/** As PEFT names tasks. */
const PEFT_TASKS: Readonly<Record<string, AdapterTaskName>> = {
  SEQ_CLS: "text-classification",
  TOKEN_CLS: "token-classification",
  FEATURE_EXTRACTION: "sentence-similarity",
  CAUSAL_LM: "causal-lm",
};

type ReadFiles = Pick<Files, "readText">;

export interface TaskSources {
  /** Folder of the adapter, and of its base. */
  readonly adapter: string;
  readonly base: string;
  /** What the user says that it does; it must be what its own file says, where there is one. */
  readonly said?: AdapterTaskName;
}

/** @throws "wrong-task"; "adapter-task-unknown" where nobody tells task or labels, with how to tell them; "bad-model", "file-unreadable". */
export async function readAdapterTask(files: ReadFiles, sources: TaskSources): Promise<AdapterTask> {
  const { adapter, said } = sources;
  const path = `${adapter}/${TASK_FILE}`;
  const json = await optionalJson(files, path);
  if (json === undefined) return await foreignTask(files, sources);
  const task = parseTask(path, json);
  if (said === undefined || said === task.task) return task;
  throw new FrugalError({
    code: "wrong-task",
    what: `${adapter} does not do ${said}`,
    why: `it was trained for ${task.task}`,
    remedy: "leave the task out, or use another adapter",
  });
}

async function foreignTask(files: ReadFiles, { adapter, base, said }: TaskSources): Promise<AdapterTask> {
  const peft = (await optionalJson(files, `${adapter}/${ADAPTER_CONFIG}`)) ?? {};
  const own = (await optionalJson(files, `${adapter}/config.json`)) ?? {};
  const config = { ...(await optionalJson(files, `${base}/config.json`)), ...own };
  const task = said ?? PEFT_TASKS[String(peft["task_type"])] ?? taskOfClass(config["architectures"]);
  if (task === undefined) {
    throw unknown(
      `what ${adapter} does is not known`,
      `it has no ${TASK_FILE}, and neither ${ADAPTER_CONFIG} nor config.json names a task`,
      `say it: --task ${ADAPTER_TASKS.join(" | ")}`,
    );
  }
  if (task === "causal-lm") return { task };
  if (task === "sentence-similarity") return { task, layout: "none", labels: [], pooling: "mean" };
  const labels = labelsOf(config["id2label"]);
  const problem = config["problem_type"];
  const isNumber = problem === "regression" || (task === "text-classification" && labels?.length === 1);
  if (labels === undefined && !isNumber) {
    throw unknown(
      `the labels of ${adapter} are not known`,
      `it has no ${TASK_FILE}, and no config.json names them`,
      `write them in their order into ${adapter}/config.json: {"id2label": {"0": "…", "1": "…"}}`,
    );
  }
  if (task === "token-classification") return { task, layout: "token", labels: labels!, pooling: "none" };
  const layout = isNumber ? "number" : problem === "multi_label_classification" ? "multi" : "class";
  return { task, layout, labels: isNumber ? [] : labels!, pooling: "own" };
}

const CLASSES: Readonly<Record<string, AdapterTaskName>> = {
  ForSequenceClassification: "text-classification",
  ForTokenClassification: "token-classification",
  ForCausalLM: "causal-lm",
};

function taskOfClass(architectures: unknown): AdapterTaskName | undefined {
  const name = Array.isArray(architectures) ? String(architectures[0]) : "";
  return Object.entries(CLASSES).find(([ending]) => name.endsWith(ending))?.[1];
}

function labelsOf(id2label: unknown): readonly string[] | undefined {
  if (typeof id2label !== "object" || id2label === null) return undefined;
  const named = Object.entries(id2label).sort(([a], [b]) => Number(a) - Number(b));
  const isWhole =
    named.length > 0 && named.every(([id, name], at) => Number(id) === at && typeof name === "string");
  return isWhole ? named.map(([, name]) => name as string) : undefined;
}

const unknown = (what: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "adapter-task-unknown", what, why, remedy });
