/** A tuning run from its recipe to its result, in the process that trains. */

import { FrugalError } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { ADAMW_DEFAULTS } from "../../graph/passes/build-adamw.ts";
import { describeMapping } from "../../learn/data/mapping.ts";
import { loadCheckpoint, type RunIdentity, saveCheckpoint } from "../../learn/train/checkpoint.ts";
import { stepsOf, train } from "../../learn/train/train.ts";
import { startState, type TrainPlan, type TrainState } from "../../learn/train/train-state.ts";
import { type EncoderJob, openEncoderJob } from "./encoder-job.ts";
import type { Recipe } from "./recipe.ts";
import type { FromTuner, Preflight, TuneRequest, TuneResult } from "./tune-messages.ts";
import { writeAdapter } from "./write-adapter.ts";

export type TuneWorld = Pick<World, "files" | "clock" | "machine">;

/** Beside the result while the run goes on. */
const WORK = ".work";
const CHECKPOINT = "checkpoint";
const TIMED_STEPS = 3;

/** @returns undefined for a dry run. @throws what opening the job, checkpoints and training throw. */
export async function runJob(
  { files, clock, machine }: TuneWorld,
  { recipe, resume, dryRun }: TuneRequest,
  tell: (message: FromTuner) => void,
  signal: AbortSignal,
): Promise<TuneResult | undefined> {
  if (recipe.task === "causal-lm") throw notYet(recipe.task);
  const plan = planOf(recipe);
  const work = `${recipe.out}/${WORK}`;
  const checkpoint = `${recipe.out}/${CHECKPOINT}`;
  await files.makeFolder(work);
  const job = await openEncoderJob({ files, machine }, { ...recipe, task: recipe.task }, plan, work);
  try {
    const identity = identityOf(recipe, job);
    const saved = resume ? await loadCheckpoint(files, checkpoint, identity) : undefined;
    const from = saved ?? startState(await job.start());
    const steps = stepsOf(plan, (epoch) => job.trainer.batches(epoch).length);
    tell({ kind: "preflight", preflight: preflightOf(job, steps, from.step) });
    const timed = await timeSteps(job, from, clock);
    const left = (steps - from.step) / steps;
    tell({
      kind: "forecast",
      forecast: { seconds: left * timed.seconds * recipe.epochs, peakBytes: peakBytes() },
    });
    if (dryRun) return undefined;
    const startedAt = clock.now();
    let stoppedEarly = false;
    const end = await train(
      plan,
      { ...job.trainer, save: (state) => saveCheckpoint(files, checkpoint, state, identity) },
      from,
      {
        clock,
        signal,
        onEvent: (event) => {
          stoppedEarly ||= event.kind === "stopped-early";
          tell({ kind: "event", event });
        },
      },
    );
    const seconds = clock.now() - startedAt;
    const chosen = end.best?.parameters ?? end.parameters;
    const { hits, ...judged } = await job.judge(chosen, signal);
    const written = await writeAdapter(files, recipe, job, chosen);
    return {
      steps: end.step,
      losses: end.losses,
      evaluations: end.evaluations,
      best: { step: end.best?.step ?? end.step, ...judged },
      right: hits.filter(Boolean).length,
      decided: hits.length,
      seconds,
      peakBytes: peakBytes(),
      tokens: job.plan.tokens * recipe.epochs,
      rollbacks: end.rollbacks,
      stoppedEarly,
      files: written,
      dataSha256: job.dataset.sha256,
      versions: {},
    };
  } finally {
    await job.close();
    await removeFolder(files, work);
  }
}

const planOf = (recipe: Recipe): TrainPlan => ({
  epochs: recipe.epochs,
  accumulate: recipe.accumulate,
  rate: recipe.rate,
  schedule: { kind: recipe.schedule, warmup: recipe.warmup },
  adamw: { ...ADAMW_DEFAULTS, weightDecay: recipe.weightDecay, maxNorm: recipe.maxNorm },
  leastGain: 0,
  checkpointEvery: recipe.checkpointEvery,
  ...(recipe.maxSteps !== undefined && { maxSteps: recipe.maxSteps }),
  ...(recipe.evaluateEvery !== undefined && { evaluateEvery: recipe.evaluateEvery }),
  ...(recipe.patience !== undefined && { patience: recipe.patience }),
});

/** Threads are in it, because sums in another order differ in their last bits; where things lie is not. */
function identityOf(recipe: Recipe, job: EncoderJob): RunIdentity {
  const { model: _model, data: _data, validation: _validation, out: _out, ...settings } = recipe;
  return {
    ...settings,
    // What was chosen: another mode may round otherwise.
    memory: job.memory.mode,
    data: { sha256: job.dataset.sha256, examples: job.train.items.length, held: job.held.items.length },
    model: { type: job.encoder.type, hidden: job.encoder.hidden, trained: job.step.size },
  };
}

function preflightOf(
  { dataset, train: texts, held, plan, step, adapted, memory }: EncoderJob,
  steps: number,
  from: number,
): Preflight {
  const lengths = texts.items
    .flatMap((item) => item.texts.map(({ ids }) => ids.length))
    .sort((a, b) => a - b);
  const at = (part: number): number => lengths[Math.floor(part * (lengths.length - 1))] ?? 0;
  return {
    mapping: describeMapping(dataset.mapping),
    examples: texts.items.length,
    held: held.items.length,
    labels: texts.names,
    lengths: [at(0), at(0.5), at(0.95), at(1)],
    truncated: texts.truncated,
    lostLabels: texts.lostLabels,
    tokens: plan.tokens,
    padding: plan.padding,
    parameters: step.size,
    adapted: adapted.length,
    memory: memory.mode,
    steps,
    from,
  };
}

/** Steps that are not kept, of each shape: the first of a session opens it, and is left out. @returns seconds of an epoch. */
async function timeSteps(
  job: EncoderJob,
  state: TrainState,
  clock: TuneWorld["clock"],
): Promise<{ readonly seconds: number }> {
  const batches = job.trainer.batches(0);
  const paces = new Map<number, number>();
  for (const { rows, length } of job.plan.shapes) {
    const batch = batches.find((one) => one.rows === rows && one.length === length);
    if (batch === undefined) continue;
    const seconds: number[] = [];
    for (let run = 0; run < TIMED_STEPS; run++) {
      const startedAt = clock.now();
      await job.trainer.run(state.parameters, batch, { epoch: 0, batch: 0 });
      seconds.push(clock.now() - startedAt);
    }
    paces.set(rows * length, Math.min(...seconds.slice(1)));
  }
  return { seconds: batches.reduce((sum, { tokens }) => sum + (paces.get(tokens) ?? 0), 0) };
}

/** Of this process since it started. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

async function removeFolder(files: TuneWorld["files"], folder: string): Promise<void> {
  for (const name of await files.list(folder).catch(() => [])) await files.remove(`${folder}/${name}`);
  await files.remove(folder).catch(() => undefined);
}

const notYet = (task: string): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `${task} cannot be tuned with this command yet`,
    why: "only encoders can be trained from a file of examples",
    remedy: "use text-classification, token-classification or sentence-similarity",
  });
