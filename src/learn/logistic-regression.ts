/**
 * Logistic regression with scikit-learn's objective (its user guide, "Logistic regression"): C · Σ loss + ½ · ‖weights‖², intercepts
 * free of penalty; two classes share one output, more have one each under softmax. Divided by C · n here, so that
 * the tolerance means the same for any amount of data.
 */
import { FrugalError, invariant } from "../core/error.ts";
import type { FeatureMatrix } from "./feature-matrix.ts";
import { minimizeLbfgs } from "./minimize-lbfgs.ts";

export interface LogisticOptions {
  /** Trust in the data: smaller means weights nearer to zero; default 1. */
  readonly c?: number;
  /** Largest component of the mean objective's gradient at which to stop; default 1e-6. */
  readonly tolerance?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
  readonly onIteration?: (iteration: number) => void;
}

export interface LogisticModel {
  readonly classes: number;
  /** 1 for two classes (the logit of class 1), else one per class. */
  readonly outputs: number;
  /** [columns, outputs] */
  readonly weights: Float64Array;
  /** [outputs] */
  readonly intercepts: Float64Array;
}

export interface LogisticFit {
  readonly model: LogisticModel;
  readonly iterations: number;
  readonly gradientNorm: number;
  readonly converged: boolean;
}

/**
 * @param classOf the class of each row, 0 … classes - 1. Starts at zero, so that the same data give the same bits.
 * @throws "bad-data" for features that are NaN or infinite.
 */
export async function fitLogistic(
  features: FeatureMatrix,
  classOf: Uint32Array,
  classes: number,
  options: LogisticOptions = {},
): Promise<LogisticFit> {
  const { c = 1, tolerance = 1e-6, maxIterations = 1_000, signal, onIteration } = options;
  checkPositive({ c, tolerance, maxIterations });
  invariant(classOf.length === features.rows, `${features.rows} rows, ${classOf.length} classes`);
  invariant(classes >= 2 && classOf.every((one) => one < classes), `a class is not below ${classes}`);
  const bad = features.badRow();
  if (bad !== undefined) {
    throw new FrugalError({
      code: "bad-data",
      what: `item ${bad + 1} cannot be learned from`,
      why: "its features hold NaN or infinity",
      remedy: "check the item and the model that made its features",
    });
  }
  const outputs = outputsFor(classes);
  const start = new Float64Array((features.columns + 1) * outputs);
  const objective = logisticObjective(features, classOf, { classes, c });
  const { point, ...fit } = await minimizeLbfgs(objective, start, {
    name: "fitting a classifier",
    tolerance,
    maxIterations,
    ...(signal && { signal }),
    ...(onIteration && { onIteration }),
  });
  const cut = features.columns * outputs;
  const model = { classes, outputs, weights: point.slice(0, cut), intercepts: point.slice(cut) };
  return { model, iterations: fit.iterations, gradientNorm: fit.gradientNorm, converged: fit.converged };
}

export const outputsFor = (classes: number): number => (classes === 2 ? 1 : classes);

/** The mean objective of weights and, after them, intercepts: [columns + 1, outputs]. */
export function logisticObjective(
  features: FeatureMatrix,
  classOf: Uint32Array,
  { classes, c }: { readonly classes: number; readonly c: number },
): (point: Float64Array, gradient: Float64Array) => number {
  const { rows, columns } = features;
  const outputs = outputsFor(classes);
  const cut = columns * outputs;
  const errors = new Float64Array(rows * outputs);
  const lossInto = outputs === 1 ? binaryLossInto : softmaxLossInto;
  return (point, gradient) => {
    const weights = point.subarray(0, cut);
    fillRows(errors, point.subarray(cut));
    features.addProductInto(errors, weights, outputs);
    let value = 0;
    // From logits to errors (probability - truth) in place.
    for (let row = 0; row < rows; row++) {
      value += lossInto(errors.subarray(row * outputs, (row + 1) * outputs), classOf[row]!);
    }
    value /= rows;
    gradient.fill(0);
    for (let at = 0; at < errors.length; at++) {
      errors[at]! /= rows;
      gradient[cut + (at % outputs)]! += errors[at]!;
    }
    features.addTransposedProductInto(gradient.subarray(0, cut), errors, outputs);
    const penalty = 1 / (c * rows);
    for (let j = 0; j < cut; j++) {
      value += 0.5 * penalty * weights[j]! * weights[j]!;
      gradient[j]! += penalty * weights[j]!;
    }
    return value;
  };
}

/** The probability of each class: [rows, classes]. */
export function classProbabilities(model: LogisticModel, features: FeatureMatrix): Float64Array {
  const { classes, outputs, weights, intercepts } = model;
  invariant(
    weights.length === features.columns * outputs,
    `${weights.length} weights for ${features.columns} features`,
  );
  const logits = new Float64Array(features.rows * outputs);
  fillRows(logits, intercepts);
  features.addProductInto(logits, weights, outputs);
  if (outputs === 1) {
    const probabilities = new Float64Array(features.rows * classes);
    for (const [row, logit] of logits.entries()) {
      // Both from their own logit: 1 - p would round a small one to zero.
      probabilities[2 * row] = sigmoid(-logit);
      probabilities[2 * row + 1] = sigmoid(logit);
    }
    return probabilities;
  }
  for (let row = 0; row < features.rows; row++)
    softmaxInto(logits.subarray(row * outputs, (row + 1) * outputs));
  return logits;
}

function fillRows(out: Float64Array, row: Float64Array): void {
  for (let at = 0; at < out.length; at++) out[at] = row[at % row.length]!;
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Loss ln(1 + exp(±logit)), minus for class 1, in a form that neither overflows nor loses digits near zero; the logit becomes the error. */
function binaryLossInto(logits: Float64Array, truth: number): number {
  const logit = logits[0]!;
  logits[0] = sigmoid(logit) - truth;
  return Math.max(truth === 1 ? -logit : logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)));
}

/** Loss -ln(probability of the truth), exact down to zero; the logits become the errors. */
function softmaxLossInto(logits: Float64Array, truth: number): number {
  const below = largest(logits) - logits[truth]!;
  const loss = below + softmaxInto(logits);
  logits[truth]! -= 1;
  return loss;
}

/** Logits become probabilities; returns ln Σ exp(logit - largest logit), by ln(1 + the others' sum): near zero it keeps its digits. */
function softmaxInto(logits: Float64Array): number {
  const most = largest(logits);
  const top = logits.indexOf(most);
  let others = 0;
  for (const [k, logit] of logits.entries()) {
    logits[k] = Math.exp(logit - most);
    if (k !== top) others += logits[k]!;
  }
  for (let k = 0; k < logits.length; k++) logits[k]! /= 1 + others;
  return Math.log1p(others);
}

const largest = (logits: Float64Array): number =>
  logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

function checkPositive(settings: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new FrugalError({
      code: "bad-option",
      what: `${name} cannot be ${value}`,
      why: "it must be a number above zero",
      remedy: `give a ${name} above zero`,
    });
  }
}
