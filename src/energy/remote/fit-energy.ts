/** The regression behind remote estimates, and how wrong it is about models that it has not seen. */
import { leastSquares } from "./least-squares.ts";
import { familyOf, type MeasuredPoint, makerOf } from "./measured-points.ts";
import { type Coefficients, FEATURE_NAMES, FEATURES, predict } from "./serving.ts";

/** How the fit does on points of which it saw nothing alike. */
export interface LeftOutError {
  /** How many times something was left out. */
  readonly groups: number;
  /** Mean of |predicted ÷ measured − 1| over all settings. */
  readonly meanAbsolute: number;
  /** The same of the group that is hit worst. */
  readonly worstGroup: string;
  readonly worst: number;
  /** 95 % of settings of an unseen group are expected within this factor of the prediction. */
  readonly factor95: number;
  /** Part of the settings that were, when the factor came from the other groups alone. */
  readonly covered: number;
}

/** Quantities outside of whose measured range the fit extrapolates. */
export const RANGED = [
  "activeBillions",
  "totalBillions",
  "bits",
  "gpus",
  "concurrency",
  "outputTokens",
] as const;
export type Ranges = Readonly<Record<(typeof RANGED)[number], readonly [number, number]>>;

export interface EnergyFit {
  readonly settings: number;
  /** Least and greatest of each quantity that was measured. */
  readonly ranges: Ranges;
  readonly coefficients: Coefficients;
  readonly leftOutModel: LeftOutError;
  readonly leftOutMaker: LeftOutError;
}

type GroupOf = (point: MeasuredPoint) => string;

/** @returns log J per output token on the features, every model family with the same weight. */
export function fitEnergy(points: readonly MeasuredPoint[]): EnergyFit {
  return {
    settings: points.length,
    ranges: Object.fromEntries(
      RANGED.map((name) => {
        const values = points.map((point) => point[name]);
        return [name, [Math.min(...values), Math.max(...values)]];
      }),
    ) as unknown as Ranges,
    coefficients: coefficientsOf(points),
    leftOutModel: leftOutError(points, familyOf),
    leftOutMaker: leftOutError(points, makerOf),
  };
}

function coefficientsOf(points: readonly MeasuredPoint[]): Coefficients {
  const solution = leastSquares(
    points.map((point) => FEATURE_NAMES.map((name) => FEATURES[name](point))),
    points.map((point) => Math.log(point.joulesPerToken)),
    equalWeights(points, familyOf),
  );
  return Object.fromEntries(FEATURE_NAMES.map((name, at) => [name, solution[at]!])) as Coefficients;
}

/** Weights under which each group counts 1, however often it was measured. */
function equalWeights(points: readonly MeasuredPoint[], groupOf: GroupOf): readonly number[] {
  const counts = new Map<string, number>();
  for (const point of points) counts.set(groupOf(point), (counts.get(groupOf(point)) ?? 0) + 1);
  return points.map((point) => 1 / counts.get(groupOf(point))!);
}

/** log(measured ÷ predicted) of every point, each by a fit that saw nothing of its group. */
export function leftOutResiduals(points: readonly MeasuredPoint[], groupOf: GroupOf): readonly number[] {
  const fits = new Map<string, Coefficients>();
  for (const group of new Set(points.map(groupOf))) {
    fits.set(group, coefficientsOf(points.filter((point) => groupOf(point) !== group)));
  }
  return points.map((point) => Math.log(point.joulesPerToken / predict(fits.get(groupOf(point))!, point)));
}

function leftOutError(points: readonly MeasuredPoint[], groupOf: GroupOf): LeftOutError {
  const residuals = leftOutResiduals(points, groupOf);
  const groups = [...new Set(points.map(groupOf))];
  const of = (group: string): readonly number[] =>
    residuals.filter((_, at) => groupOf(points[at]!) === group);
  const errors = new Map(groups.map((group) => [group, mean(of(group).map(absoluteError))]));
  const worstGroup = groups.reduce((worst, each) => (errors.get(each)! > errors.get(worst)! ? each : worst));
  const covered = groups.map((group) => {
    const limit = logFactor95(groups.filter((each) => each !== group).map(of));
    return mean(of(group).map((residual) => (Math.abs(residual) <= limit ? 1 : 0)));
  });
  return {
    groups: groups.length,
    meanAbsolute: mean(residuals.map(absoluteError)),
    worstGroup,
    worst: errors.get(worstGroup)!,
    factor95: Math.exp(logFactor95(groups.map(of))),
    covered: mean(covered),
  };
}

/** |predicted ÷ measured − 1|. */
const absoluteError = (residual: number): number => Math.abs(Math.exp(-residual) - 1);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Settings of one group err alike: the groups, not the settings, are the degrees of freedom. */
function logFactor95(groups: readonly (readonly number[])[]): number {
  const variance = mean(groups.map((residuals) => mean(residuals.map((residual) => residual ** 2))));
  return studentT975(groups.length - 1) * Math.sqrt(variance);
}

/** 97.5 % point of Student's t: Abramowitz & Stegun (1964), 26.7.5; within 0.5 % from 4 degrees of freedom up. */
function studentT975(degrees: number): number {
  const z = 1.959963984540054;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, at) => sum + term / degrees ** (at + 1), z);
}
