/** L-BFGS: a smooth function's minimum from its gradients (Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4 and 7.5). */
import { letEventsIn } from "./let-events-in.ts";

/** Value at `point`; writes the gradient there into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Done when no component of the gradient is larger. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** What an abort interrupts, for its message. */
  readonly name: string;
  readonly signal?: AbortSignal;
  readonly onIteration?: (iteration: number) => void;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  /** Largest component of the gradient, by size. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** False when the iterations ran out, or rounding left no step that goes down. */
  readonly converged: boolean;
}

/** Pairs of steps and gradient changes that are kept; 3 … 20 in the book's section 7.2. */
const HISTORY = 10;

export async function minimizeLbfgs(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions,
): Promise<Minimum> {
  const { tolerance, maxIterations, name, signal, onIteration } = options;
  let gradient = new Float64Array(start.length);
  let point = start;
  let value = objective(point, gradient);
  const history: Pair[] = [];
  let iterations = 0;
  while (largest(gradient) > tolerance && iterations < maxIterations) {
    await letEventsIn(name, signal);
    const direction = towardsMinimum(gradient, history);
    // Without history the gradient's length says nothing about the distance: try a step of length 1 at most.
    const first = history.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = searchLine(objective, { point, value, gradient }, direction, first);
    if (next === undefined) break;
    iterations++;
    const step = difference(next.point, point);
    const change = difference(next.gradient, gradient);
    const curvature = dot(step, change);
    // The line search keeps it positive but for rounding.
    if (curvature > 0) history.push({ step, change, curvature });
    if (history.length > HISTORY) history.shift();
    ({ point, value, gradient } = next);
    onIteration?.(iterations);
  }
  const gradientNorm = largest(gradient);
  return { point, value, gradientNorm, iterations, converged: gradientNorm <= tolerance };
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The two-loop recursion: minus the gradient, times the inverse Hessian as the history knows it. */
function towardsMinimum(gradient: Float64Array, history: readonly Pair[]): Float64Array {
  const direction = gradient.map((component) => -component);
  const shares: number[] = [];
  for (const { step, change, curvature } of history.toReversed()) {
    const share = dot(step, direction) / curvature;
    addInto(direction, -share, change);
    shares.push(share);
  }
  const latest = history.at(-1);
  if (latest !== undefined) {
    const scale = latest.curvature / dot(latest.change, latest.change);
    for (let j = 0; j < direction.length; j++) direction[j]! *= scale;
  }
  for (const { step, change, curvature } of history) {
    addInto(direction, shares.pop()! - dot(change, direction) / curvature, step);
  }
  return direction;
}

interface Place {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array<ArrayBuffer>;
}

/** Sufficient decrease and curvature (Nocedal & Wright 2006, section 3.1). */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
/** Halvings or doublings; 2 to the 60th is beyond the digits of f64. */
const MOST_TRIALS = 60;
/** Where values no longer tell steps apart, slopes still do (Hager & Zhang 2005, the approximate Wolfe conditions). */
const VALUE_NOISE = 1e-14;

/** Bisection to a step that meets the weak Wolfe conditions (Burke, Lewis & Overton); undefined when rounding leaves none. */
function searchLine(
  objective: Objective,
  from: Place,
  direction: Float64Array,
  first: number,
): Place | undefined {
  const slope = dot(from.gradient, direction);
  let [low, high, size] = [0, Number.POSITIVE_INFINITY, first];
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const point = from.point.slice();
    addInto(point, size, direction);
    const gradient = new Float64Array(point.length);
    const value = objective(point, gradient);
    const newSlope = dot(gradient, direction);
    const lower = value <= from.value + DECREASE * size * slope;
    const asLow = value <= from.value + VALUE_NOISE * Math.abs(from.value);
    const goesDown = lower || (asLow && newSlope <= (2 * DECREASE - 1) * slope);
    if (!goesDown) high = size;
    else if (newSlope < CURVATURE * slope) low = size;
    else return { point, value, gradient };
    size = high === Number.POSITIVE_INFINITY ? 2 * size : (low + high) / 2;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}

function addInto(out: Float64Array, scale: number, other: Float64Array): void {
  for (let j = 0; j < out.length; j++) out[j]! += scale * other[j]!;
}

const difference = (a: Float64Array, b: Float64Array): Float64Array =>
  a.map((component, j) => component - b[j]!);

const largest = (vector: Float64Array): number =>
  vector.reduce((most, component) => Math.max(most, Math.abs(component)), 0);
