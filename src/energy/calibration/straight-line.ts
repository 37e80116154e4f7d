/** One pair to fit, with the block that it is held out with. */
export interface FitPoint {
  readonly x: number;
  /** Positive. */
  readonly y: number;
  /** Points of one block share their errors (one kind of load, one stretch of time), so they are held out together. */
  readonly block: string;
}

export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

export const valueAt = ({ intercept, slope }: Line, x: number): number => intercept + slope * x;

/**
 * y = intercept + slope × x with the least sum of squared relative errors (weights 1/y²): what is off by 5 W matters
 * more at 50 W than at 500 W. Undefined where x does not vary.
 */
export function fitLine(points: readonly Pick<FitPoint, "x" | "y">[]): Line | undefined {
  const weights = points.map(({ y }) => 1 / (y * y));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of: (point: Pick<FitPoint, "x" | "y">) => number): number =>
    points.reduce((sum, point, index) => sum + weights[index]! * of(point), 0) / total;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const varianceX = mean(({ x }) => (x - meanX) ** 2);
  if (!(varianceX > Number.EPSILON * meanX * meanX)) return undefined;
  const slope = mean(({ x, y }) => (x - meanX) * (y - meanY)) / varianceX;
  return { intercept: meanY - slope * meanX, slope };
}

/** Part of the weighted variance that the line explains; 1 at best. */
export function determination(points: readonly Pick<FitPoint, "x" | "y">[], line: Line): number {
  const weights = points.map(({ y }) => 1 / (y * y));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanY = points.reduce((sum, { y }, index) => sum + weights[index]! * y, 0) / total;
  const sumOf = (error: (point: Pick<FitPoint, "x" | "y">) => number): number =>
    points.reduce((sum, point, index) => sum + weights[index]! * error(point) ** 2, 0);
  const all = sumOf(({ y }) => y - meanY);
  return all === 0 ? 0 : 1 - sumOf(({ x, y }) => y - valueAt(line, x)) / all;
}
