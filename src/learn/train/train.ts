/** The training loop: batches through a step's graph, their gradients added, one AdamW update, and what a long run needs beside. */
import { aborted, FrugalError } from "../../core/error.ts";
import type { Clock } from "../../core/ports.ts";
import { rateFactor } from "./schedule.ts";
import type { Cursor, Evaluation, TrainPlan, TrainState, Vectors } from "./train-state.ts";

/** What one batch gives: the summed loss, how much counts in it, and the gradient of the sum (float32 [size]). */
export interface BatchResult {
  readonly loss: number;
  readonly kept: number;
  readonly gradient: Float32Array;
}

export interface UpdateInput extends Vectors {
  readonly gradient: Float32Array;
  /** What the gradient is multiplied by: 1 / what counts. */
  readonly scale: number;
  readonly rate: number;
  /** From 1. */
  readonly step: number;
}

/** A batch, and how many tokens (or images) it costs to compute. */
export interface TrainBatch {
  readonly tokens: number;
}

export interface Trainer<B extends TrainBatch> {
  /** The batches of an epoch, the same for the same number. */
  readonly batches: (epoch: number) => readonly B[];
  readonly run: (parameters: Float32Array, batch: B, at: Cursor) => Promise<BatchResult>;
  /** @returns the new vectors, and the gradient's norm before clipping. */
  readonly update: (input: UpdateInput) => Promise<Vectors & { readonly norm: number }>;
  /** Quality on data that is not trained on; undefined: none is held out. */
  readonly evaluate?: (parameters: Float32Array) => Promise<Omit<Evaluation, "step">>;
  readonly save?: (state: TrainState) => Promise<void>;
}

export type TrainEvent =
  | {
      readonly kind: "step";
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly rate: number;
      /** Of the mean gradient, before clipping. */
      readonly norm: number;
      readonly tokensPerS: number;
      readonly leftS: number;
    }
  | ({ readonly kind: "evaluated"; readonly better: boolean } & Evaluation)
  | { readonly kind: "saved"; readonly step: number }
  | { readonly kind: "rolled-back"; readonly from: number; readonly to: number; readonly why: string }
  | { readonly kind: "stopped-early"; readonly step: number; readonly best: number };

export interface TrainOptions {
  readonly clock: Pick<Clock, "now">;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Ends the run after the step and the evaluation that it is in; what was reached is saved first. */
  readonly signal?: AbortSignal;
}

/** More than this many times no number: the learning rate is not what is wrong. */
const MOST_ROLLBACKS = 3;

/** Optimizer steps of a whole run. */
export function stepsOf(plan: TrainPlan, batchesOfEpoch: (epoch: number) => number): number {
  let steps = 0;
  for (let epoch = 0; epoch < plan.epochs; epoch++)
    steps += Math.ceil(batchesOfEpoch(epoch) / plan.accumulate);
  return Math.min(steps, plan.maxSteps ?? steps);
}

/**
 * @returns the state at the end; its `best` is what should be used where something was held out.
 * @throws "training-diverged" when losses are no numbers again and again, with the last good state saved; "aborted".
 */
export async function train<B extends TrainBatch>(
  plan: TrainPlan,
  trainer: Trainer<B>,
  from: TrainState,
  { clock, onEvent = () => {}, signal }: TrainOptions,
): Promise<TrainState> {
  const counts = new Map<number, number>();
  const countOf = (epoch: number): number => {
    const known = counts.get(epoch) ?? trainer.batches(epoch).length;
    counts.set(epoch, known);
    return known;
  };
  const steps = stepsOf(plan, countOf);
  let state = from;
  let good = from;
  let epochAt: number | undefined;
  let batches: readonly B[] = [];
  const pace = { seconds: 0, tokens: 0, steps: 0 };
  while (state.step < steps) {
    if (signal?.aborted) {
      await trainer.save?.(state);
      throw aborted("training", signal.reason);
    }
    if (epochAt !== state.cursor.epoch) {
      epochAt = state.cursor.epoch;
      batches = trainer.batches(epochAt);
    }
    const startedAt = clock.now();
    const part = batches.slice(state.cursor.batch, state.cursor.batch + plan.accumulate);
    const made = await oneStep(plan, trainer, state, part, steps);
    if (made.kind === "no number") {
      if (good.rollbacks >= MOST_ROLLBACKS) {
        await trainer.save?.(good);
        throw diverged(made.why, state.step, good.step);
      }
      onEvent({ kind: "rolled-back", from: state.step, to: good.step, why: made.why });
      good = { ...good, rollbacks: good.rollbacks + 1 };
      state = good;
      continue;
    }
    const batch = state.cursor.batch + part.length;
    const isLastOfEpoch = batch >= batches.length;
    state = {
      ...state,
      ...made.vectors,
      step: state.step + 1,
      cursor: isLastOfEpoch ? { epoch: epochAt + 1, batch: 0 } : { epoch: epochAt, batch },
      losses: [...state.losses, made.loss],
    };
    pace.seconds += clock.now() - startedAt;
    pace.tokens += part.reduce((sum, { tokens }) => sum + tokens, 0);
    pace.steps++;
    const { step } = state;
    onEvent({
      kind: "step",
      step,
      steps,
      loss: made.loss,
      rate: made.rate,
      norm: made.norm,
      tokensPerS: pace.tokens / pace.seconds,
      leftS: ((steps - step) * pace.seconds) / pace.steps,
    });
    const isDue =
      step === steps || (plan.evaluateEvery === undefined ? isLastOfEpoch : step % plan.evaluateEvery === 0);
    if (isDue && trainer.evaluate !== undefined) {
      state = await evaluated(plan, trainer.evaluate, state, onEvent);
      if (hasWaited(plan, state)) {
        onEvent({ kind: "stopped-early", step, best: state.best!.step });
        break;
      }
    }
    if (step % plan.checkpointEvery === 0 || step === steps) {
      good = state;
      if (trainer.save !== undefined) {
        await trainer.save(state);
        onEvent({ kind: "saved", step });
      }
    }
  }
  return state;
}

type StepResult =
  | { readonly kind: "no number"; readonly why: string }
  | {
      readonly kind: "done";
      readonly vectors: Vectors;
      readonly loss: number;
      readonly rate: number;
      readonly norm: number;
    };

async function oneStep<B extends TrainBatch>(
  plan: TrainPlan,
  trainer: Trainer<B>,
  state: TrainState,
  part: readonly B[],
  steps: number,
): Promise<StepResult> {
  let [loss, kept] = [0, 0];
  let gradient: Float32Array | undefined;
  for (const [at, batch] of part.entries()) {
    const cursor = { ...state.cursor, batch: state.cursor.batch + at };
    const result = await trainer.run(state.parameters, batch, cursor);
    loss += result.loss;
    kept += result.kept;
    gradient = gradient === undefined ? result.gradient : added(gradient, result.gradient);
  }
  if (kept === 0 || gradient === undefined) throw nothingCounts(state.cursor);
  if (!Number.isFinite(loss)) return { kind: "no number", why: `the loss is ${loss}` };
  const rate = (plan.rate * rateFactor(plan.schedule, state.step, steps)) / 2 ** state.rollbacks;
  const { norm, ...vectors } = await trainer.update({
    parameters: state.parameters,
    mean: state.mean,
    square: state.square,
    gradient,
    scale: 1 / kept,
    rate,
    step: state.step + 1,
  });
  if (!Number.isFinite(norm)) return { kind: "no number", why: `the gradient's norm is ${norm}` };
  return { kind: "done", vectors, loss: loss / kept, rate, norm };
}

function added(sum: Float32Array, more: Float32Array): Float32Array {
  const result = new Float32Array(sum.length);
  for (let at = 0; at < sum.length; at++) result[at] = sum[at]! + more[at]!;
  return result;
}

async function evaluated(
  plan: TrainPlan,
  evaluate: NonNullable<Trainer<TrainBatch>["evaluate"]>,
  state: TrainState,
  onEvent: (event: TrainEvent) => void,
): Promise<TrainState> {
  const evaluation = { step: state.step, ...(await evaluate(state.parameters)) };
  const { step, score } = evaluation;
  const better = state.best === undefined || score > state.best.score + plan.leastGain;
  onEvent({ kind: "evaluated", better, ...evaluation });
  return {
    ...state,
    evaluations: [...state.evaluations, evaluation],
    ...(better && { best: { step, score, parameters: state.parameters } }),
  };
}

/** Counted from what is stored, so that a resumed run stops where an uninterrupted one does. */
function hasWaited({ patience }: TrainPlan, { evaluations, best }: TrainState): boolean {
  if (patience === undefined || best === undefined) return false;
  return evaluations.filter(({ step }) => step > best.step).length >= patience;
}

const nothingCounts = ({ epoch, batch }: Cursor): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `nothing counts in batch ${batch + 1} of epoch ${epoch + 1}`,
    why: "all its labels are left out of the loss",
    remedy: "check the labels, and whether texts are cut off before what is to be learned",
  });

const diverged = (why: string, at: number, good: number): FrugalError =>
  new FrugalError({
    code: "training-diverged",
    what: `training came to no number ${MOST_ROLLBACKS + 1} times, last in step ${at + 1}: ${why}`,
    why: "going back and halving the learning rate did not help",
    remedy: `lower the learning rate, or look for broken examples; the state of step ${good} is kept`,
  });
