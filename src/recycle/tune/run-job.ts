/** A tuning run from its recipe to its result, in the process that trains. */

import { FrugalError } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { requireEngine } from "../../engines/require-engine.ts";
import { ADAMW_DEFAULTS } from "../../graph/passes/build-adamw.ts";
import { loadCheckpoint, type RunIdentity, saveCheckpoint } from "../../learn/train/checkpoint.ts";
import { stepsOf, train } from "../../learn/train/train.ts";
import { startState, type TrainPlan, type TrainState } from "../../learn/train/train-state.ts";
import { openJob } from "./open-job.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneJob } from "./tune-job.ts";
import type { FromTuner, TuneRequest, TuneResult } from "./tune-messages.ts";

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
  const plan = planOf(recipe);
  const work = `${recipe.out}/${WORK}`;
  const checkpoint = `${recipe.out}/${CHECKPOINT}`;
  await files.makeFolder(work);
  let job: TuneJob | undefined;
  try {
    job = await openJob({ files, machine, clock }, recipe, plan, work);
    const { trainer } = job;
    const identity = identityOf(recipe, job);
    const saved = resume ? await loadCheckpoint(files, checkpoint, identity) : undefined;
    const from = saved ?? startState(await job.start());
    const steps = stepsOf(plan, (epoch) => trainer.batches(epoch).length);
    tell({ kind: "preflight", preflight: { ...job.facts, steps, from: from.step } });
    refuseHopeless(job);
    const timed = await timeSteps(job, from, plan, clock);
    const evaluations = evaluationsIn(plan, from.step, steps);
    const seconds = timed.step * (steps - from.step) + timed.evaluation * (evaluations + 1);
    tell({ kind: "forecast", forecast: { seconds, peakBytes: peakBytes() } });
    if (dryRun) return undefined;
    const startedAt = clock.now();
    let stoppedEarly = false;
    let tokens = 0;
    const run: typeof trainer.run = (parameters, batch, at) => {
      tokens += batch.tokens;
      return trainer.run(parameters, batch, at);
    };
    const end = await train(
      plan,
      { ...trainer, run, save: (state) => saveCheckpoint(files, checkpoint, state, identity) },
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
    const chosen = end.best?.parameters ?? end.parameters;
    const { hits, ...judged } = await job.judge(chosen);
    const written = await job.save(chosen);
    return {
      steps: end.step,
      losses: end.losses,
      evaluations: end.evaluations,
      best: { step: end.best?.step ?? end.step, ...judged },
      right: hits.filter(Boolean).length,
      decided: hits.length,
      seconds: clock.now() - startedAt,
      peakBytes: peakBytes(),
      tokens,
      rollbacks: end.rollbacks,
      stoppedEarly,
      files: written,
      dataSha256: job.dataset.sha256,
      versions: await runtimeVersions(),
    };
  } finally {
    await job?.close();
    await files.remove(work);
    // A folder that only this run made, and put nothing into.
    if ((await files.list(recipe.out)).length === 0) await files.remove(recipe.out);
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
function identityOf(recipe: Recipe, job: TuneJob): RunIdentity {
  const { model: _model, data: _data, validation: _validation, out: _out, ...settings } = recipe;
  return {
    ...settings,
    // What was chosen: another mode may round otherwise.
    memory: job.facts.memory,
    ...job.identity,
  };
}

/**
 * Seconds of a mean step and of an evaluation. Steps of each shape, whose gradients nobody uses; the first of a shape opens its
 * session, and is left out.
 */
async function timeSteps(
  job: TuneJob,
  { parameters }: TrainState,
  { accumulate }: TrainPlan,
  clock: TuneWorld["clock"],
): Promise<{ readonly step: number; readonly evaluation: number }> {
  const batches = job.trainer.batches(0);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const startedAt = clock.now();
    await work();
    return clock.now() - startedAt;
  };
  const paces = new Map<string, number>();
  for (const batch of batches) {
    const shape = `${batch.rows} ${batch.length}`;
    if (paces.has(shape)) continue;
    const seconds: number[] = [];
    for (let run = 0; run < TIMED_STEPS; run++) {
      seconds.push(await timed(() => job.trainer.run(parameters, batch, { epoch: 0, batch: 0 })));
    }
    paces.set(shape, Math.min(...seconds.slice(1)));
  }
  const epoch = batches.reduce((sum, { rows, length }) => sum + paces.get(`${rows} ${length}`)!, 0);
  await job.openJudge();
  const evaluation = await timed(() => job.judge(parameters));
  return { step: epoch / Math.ceil(batches.length / accumulate), evaluation };
}

/** From a step on, the last one among them. */
function evaluationsIn({ evaluateEvery, epochs }: TrainPlan, from: number, steps: number): number {
  const every = evaluateEvery ?? steps / epochs;
  return Math.ceil((steps - from) / every);
}

function refuseHopeless({ facts: { findings } }: TuneJob): void {
  const found = findings.find(({ severity }) => severity === "refuse");
  if (found === undefined) return;
  const { what, remedy } = found;
  throw new FrugalError({ code: "bad-data", what, why: "nothing good can be learned from that", remedy });
}

async function runtimeVersions(): Promise<Readonly<Record<string, string>>> {
  const { env } = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  return { "onnxruntime-node": env.versions.node ?? env.versions.common };
}

/** Of this process since it started. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
