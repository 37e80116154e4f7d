/** One model on many inputs, measured: open, run in batches, close. The receipt is made by whoever holds the meter. */
import { type ErrorCode, FrugalError } from "../core/error.ts";
import type { Meter } from "../core/meter.ts";
import type { World } from "../core/ports.ts";
import { type Progress, silent } from "../core/progress.ts";
import { runInBatches } from "../engines/batches.ts";
import type { Dtype } from "../engines/choose-dtype.ts";
import type { Engine, EngineFacts, EngineItem, EngineOutput, RunOptions } from "../engines/engine.ts";
import type { NamedInput } from "../engines/inputs.ts";
import type { OpenOptions } from "../engines/open-engine.ts";
import { type Task, taskFacts } from "../engines/task-table.ts";
import { resample } from "../formats/resample.ts";
import type { Subject } from "../receipt/receipt.ts";
import { openModel } from "./open-model.ts";

export interface RunTask {
  readonly world: World;
  readonly meter: Meter;
  readonly task: Task;
  /** A folder or a hub id. */
  readonly model: string;
  readonly inputs: readonly NamedInput[];
  readonly options?: RunOptions;
  readonly dtype?: Dtype;
  readonly maxTokens?: number;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  /** Opens the model; `openModel` unless a caller has its own. */
  readonly open?: (world: World, options: OpenOptions) => Promise<Engine>;
}

export interface NamedOutput {
  readonly name: string;
  readonly output: EngineOutput;
}

export interface TaskRun {
  readonly results: readonly NamedOutput[];
  readonly facts: EngineFacts;
  readonly work: { readonly unit: string; readonly count: number };
  readonly subject: Subject;
}

export async function runTask(request: RunTask): Promise<TaskRun> {
  const {
    world,
    meter,
    task,
    model,
    inputs,
    options = {},
    signal,
    progress = silent,
    open = openModel,
  } = request;
  checkLabels(task, options);
  progress({ kind: "phase", name: `opening ${model}` });
  const engine = await meter.span("load", () => open(world, openOptions(request)));
  try {
    progress({ kind: "phase", name: "running", total: inputs.length, unit: unitOf(task) });
    const outputs = await meter.span("run", () => {
      const items = inputs.map((input) => toItem(input, engine));
      return runInBatches(namingInputs(engine, items, inputs), items, options, signal, progress);
    });
    return {
      results: outputs.map((output, at) => ({ name: inputs[at]!.name, output })),
      facts: engine.facts,
      work: { unit: unitOf(task), count: inputs.length },
      subject: subjectOf(engine.facts),
    };
  } finally {
    await engine.close();
  }
}

/** The engine knows no names: which input it could not use, or answered with NaN to, is added here. */
function namingInputs(
  { facts, run }: Engine,
  items: readonly EngineItem[],
  inputs: readonly NamedInput[],
): Pick<Engine, "facts" | "run"> {
  const names = new Map(items.map((item, at) => [item, inputs[at]!.name]));
  return {
    facts,
    async run(batch, ...rest) {
      try {
        return await run(batch, ...rest);
      } catch (thrown) {
        if (!(thrown instanceof FrugalError) || !OF_INPUTS.includes(thrown.code)) throw thrown;
        const first = names.get(batch[0]!);
        const subject = batch.length === 1 ? first : `one of ${batch.length} inputs, ${first} among them`;
        const { code, what, why, remedy, cause } = thrown;
        throw new FrugalError({ code, what: `${subject}: ${what}`, why, remedy, cause });
      }
    },
  };
}
const OF_INPUTS: readonly ErrorCode[] = ["unsupported-input", "model-output-invalid"];

function openOptions({ task, model, dtype, maxTokens, signal, progress }: RunTask): OpenOptions {
  return {
    task,
    model,
    ...(dtype === undefined ? {} : { dtype }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(signal === undefined ? {} : { signal }),
    ...(progress === undefined ? {} : { progress }),
  };
}

function checkLabels(task: Task, options: RunOptions): void {
  if (taskFacts(task).needsLabels !== true || (options.labels ?? []).length > 0) return;
  throw new FrugalError({
    code: "bad-option",
    what: `${task} needs labels`,
    why: "it chooses among labels of your own, and none was given",
    remedy: "give each with --label, for instance: --label sport --label politics",
  });
}

/** A sound is brought to the model's rate only now that it is known. */
function toItem({ item }: NamedInput, engine: Engine): EngineItem {
  if (item.kind !== "sound") return item;
  const rateHz = engine.facts.sampleRateHz ?? item.sound.rateHz;
  return { kind: "audio", samples: resample(item.sound, rateHz) };
}

const UNITS = {
  text: "text",
  "question-context": "question",
  image: "image",
  "image-question": "question",
  audio: "clip",
} as const;
const unitOf = (task: Task): string => UNITS[taskFacts(task).input];

export const subjectOf = (facts: EngineFacts): Subject => ({
  type: "model",
  id: facts.model,
  ...(facts.commit === undefined ? {} : { commit: facts.commit }),
  task: facts.task,
  engine: facts.engine,
  dtype: facts.dtype,
  device: facts.device,
  files: facts.files,
});
