/** `frugal run TASK`: a model on the user's inputs; results on stdout, the rest on stderr. */
import { basename, join, resolve } from "node:path";
import { FrugalError, unwritable } from "../../../core/error.ts";
import type { Meter } from "../../../core/meter.ts";
import type { Progress } from "../../../core/progress.ts";
import { DTYPES, type Dtype } from "../../../engines/choose-dtype.ts";
import type { EngineFacts, EngineOutput, RunOptions } from "../../../engines/engine.ts";
import { readInputs } from "../../../engines/inputs.ts";
import { parseTask, type Task, taskFacts } from "../../../engines/task-table.ts";
import { writePng } from "../../../formats/png.ts";
import { writeWav } from "../../../formats/wav.ts";
import { recorded, type WorkFacts } from "../../../journey/recorded.ts";
import { type AdaptedModel, ENGINE_TASKS, findAdapted } from "../../../learn/lora/find-adapted.ts";
import { receiptLine } from "../../../report/receipt-line.ts";
import { openAdapted } from "../../../reuse/adapted/open-adapted.ts";
import { runTask, type TaskRun } from "../../../reuse/run-task.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { emissionsOutput } from "../emissions-output.ts";
import { outputJson, outputText, type ShownOutput } from "../output-text.ts";
import { badOption } from "../program.ts";
import { warnOfSettings, warnUnstored } from "../receipt-notes.ts";

export async function run(
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const { adapted, ...chosen } = await whatToRun(context, args[0], options);
  const { task, model } = chosen;
  const emissions = await emissionsOutput(context, options);
  const recordedRun = await recorded(
    emissions.world,
    {
      kind: "run",
      beneath: emissions.beneath,
      subject: { type: "model", id: basename(model), task },
      warn: context.warn,
      ...carbonFlags(options),
    },
    async (meter, energySoFarJ) => {
      const progress: Progress = (event) =>
        context.progress(event.kind === "advance" ? { ...event, energyJ: energySoFarJ() } : event);
      const value = await work({ ...context, progress }, { ...chosen, adapted }, options, meter);
      return { value, facts: factsOf(value, options["seed"] as number | undefined) };
    },
  );
  const { value: done, receipt, stored } = recordedRun;
  // Before the results: they may fail to be written, and the energy is spent.
  await emissions.write(recordedRun);
  const shown = await saveFiles(context, done, options["save"] as string | undefined);
  if (context.json)
    await context.printJson({ ...describe(done.facts), results: shown.map(outputJson), receipt });
  else await context.print(outputText(shown));
  context.note(factsLine(done.facts));
  context.note(receiptLine(receipt));
  warnUnstored(context, stored);
  return 0;
}

interface Chosen {
  readonly task: Task;
  readonly model: string;
  readonly adapted: AdaptedModel | undefined;
}

/** An adapter knows its task and its base; elsewhere both must be said. */
async function whatToRun(
  { world, warn }: Pick<CliContext, "world" | "warn">,
  word: string | undefined,
  options: OptionValues,
): Promise<Chosen> {
  const given = (name: string): string | undefined => options[name] as string | undefined;
  const [adapter, model, task] = [given("adapter"), given("model"), word ?? given("task")];
  if (adapter === undefined) {
    if (task === undefined)
      throw unsaid("what to do is not said", "name a task, such as text-classification, or an --adapter");
    if (model === undefined) throw unsaid("no model is named", "give a folder or a hub id with --model");
    return { task: parseTask(task), model, adapted: undefined };
  }
  const adapted = await findAdapted(world, {
    adapter,
    ...(model !== undefined && { model }),
    ...(task !== undefined && { task }),
  });
  warnOfSettings(warn, adapted);
  return { task: ENGINE_TASKS[adapted.task.task], model: adapter, adapted };
}

const unsaid = (what: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-option", what, why: "only an adapter knows both task and model", remedy });

/** What a receipt is told of a run. */
function factsOf(
  { subject, work: done, facts: { versions, base, parents } }: TaskRun,
  seed: number | undefined,
): WorkFacts {
  return {
    ...(seed !== undefined && { seeds: { seed } }),
    subject,
    work: done,
    engines: versions,
    ...(parents !== undefined && { parents }),
    ...(base !== undefined && { settings: { base } }),
  };
}

async function work(
  context: Pick<CliContext, "world" | "signal" | "progress">,
  { task, model, adapted }: Chosen,
  options: OptionValues,
  meter: Meter,
): Promise<TaskRun> {
  const { world, signal, progress } = context;
  const given = <T>(name: string): T | undefined => options[name] as T | undefined;
  const dtype = parseDtype(given("dtype"));
  checkSave(task, given("save"));
  const limit = given<number>("limit");
  const field = given<string>("field");
  const question = given<string>("question");
  const inputs = await readInputs(world, given<string[]>("input") ?? [], {
    kind: taskFacts(task).input,
    signal,
    chats: task === "text-generation",
    ...(limit === undefined ? {} : { limit }),
    ...(field === undefined ? {} : { field }),
    ...(question === undefined ? {} : { question }),
  });
  const maxTokens = given<number>("maxTokens");
  return await runTask({
    world,
    meter,
    task,
    model,
    inputs,
    ...(adapted !== undefined && { open: (at, open) => openAdapted(at, adapted, open) }),
    options: runOptions(options),
    signal,
    progress,
    ...(dtype === undefined ? {} : { dtype }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  });
}

/** Names of flags and of run options, where both mean the same. */
const SAME = {
  top: "top",
  label: "labels",
  threshold: "threshold",
  maxNewTokens: "maxNewTokens",
  from: "sourceLanguage",
  to: "targetLanguage",
  pooling: "pooling",
  temperature: "temperature",
  topP: "topP",
  seed: "seed",
  chat: "chat",
} as const satisfies Record<string, keyof RunOptions>;

const runOptions = (options: OptionValues): RunOptions =>
  Object.fromEntries(
    Object.entries(SAME)
      .filter(([flag]) => options[flag] !== undefined)
      .map(([flag, name]) => [name, options[flag]]),
  );

function parseDtype(text: string | undefined): Dtype | undefined {
  if (text === undefined) return undefined;
  const found = DTYPES.find((dtype) => dtype === text);
  if (found === undefined) throw badOption("--dtype", text, `use one of: ${DTYPES.join(", ")}`);
  return found;
}

/** Asked before the work: minutes of computing must not end in an output that has no place to go. */
function checkSave(task: Task, folder: string | undefined): void {
  const { output } = taskFacts(task);
  if (folder !== undefined || (output !== "pictures" && output !== "audio")) return;
  throw new FrugalError({
    code: "bad-option",
    what: `${task} needs --save`,
    why: `it makes ${output === "audio" ? "sounds" : "pictures"}, which are no text`,
    remedy: "name a folder for them: --save FOLDER",
  });
}

async function saveFiles(
  { world }: CliContext,
  { results }: TaskRun,
  folder: string | undefined,
): Promise<ShownOutput[]> {
  const shown: ShownOutput[] = [];
  for (const [index, { name, output }] of results.entries()) {
    const files: string[] = [];
    for (const [at, { bytes, ending }] of filesOf(output).entries()) {
      const path = join(folder ?? ".", `${index + 1}-${at + 1}.${ending}`);
      try {
        await world.files.writeAtomic(resolve(world.cwd, path), bytes);
      } catch (thrown) {
        throw unwritable(`cannot write ${path}`, thrown, "name another folder with --save");
      }
      files.push(path);
    }
    shown.push({ name, output, files });
  }
  return shown;
}

function filesOf(output: EngineOutput): { readonly bytes: Uint8Array; readonly ending: string }[] {
  if (output.kind === "audio") return [{ bytes: writeWav(output), ending: "wav" }];
  if (output.kind !== "pictures") return [];
  return output.pictures.map(({ width, height, channels, data }) => ({
    bytes: writePng(width, height, channels, data),
    ending: "png",
  }));
}

const describe = (facts: EngineFacts): object => ({
  task: facts.task,
  model: facts.model,
  ...(facts.commit === undefined ? {} : { commit: facts.commit }),
  ...(facts.base === undefined ? {} : { base: facts.base }),
  engine: facts.engine,
  dtype: facts.dtype,
  dtype_from: facts.dtypeFrom,
  device: facts.device,
  versions: facts.versions,
});

const WHY_DTYPE = {
  option: "as asked",
  "only one": "the only one there",
  preference: "preferred of several",
} as const;

function factsLine({ model, base, engine, dtype, dtypeFrom, device }: EngineFacts): string {
  return `${model}${base === undefined ? "" : ` on ${base}`}: ${dtype} (${WHY_DTYPE[dtypeFrom]}) on ${device}, by ${engine}`;
}
