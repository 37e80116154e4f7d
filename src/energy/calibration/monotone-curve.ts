/** A function that never falls, as straight pieces between its points. */
export interface CurvePoint {
  readonly busy: number;
  readonly watts: number;
}

/**
 * Pool adjacent violators (Barlow et al. 1972, "Statistical Inference under Order Restrictions", section 1.2): the
 * non-decreasing sequence with the least sum of squares.
 */
export function isotonic(values: readonly number[]): readonly number[] {
  const pools: { sum: number; count: number }[] = [];
  for (const value of values) {
    pools.push({ sum: value, count: 1 });
    while (pools.length > 1) {
      const [before, last] = pools.slice(-2) as [(typeof pools)[0], (typeof pools)[0]];
      if (before.sum / before.count <= last.sum / last.count) break;
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}

/** Points of nearly the same busy share become one, their mean; then none falls below the one before. */
export function monotoneCurve(points: readonly CurvePoint[], apart: number): readonly CurvePoint[] {
  const groups: CurvePoint[][] = [];
  for (const point of points.toSorted((a, b) => a.busy - b.busy)) {
    const group = groups.at(-1);
    if (group !== undefined && point.busy - group[0]!.busy < apart) group.push(point);
    else groups.push([point]);
  }
  const mean = (group: readonly CurvePoint[], of: (point: CurvePoint) => number): number =>
    group.reduce((sum, point) => sum + of(point), 0) / group.length;
  const busy = groups.map((group) => mean(group, (point) => point.busy));
  const watts = isotonic(groups.map((group) => mean(group, (point) => point.watts)));
  return busy.map((share, index) => ({ busy: share, watts: watts[index]! }));
}

/** Between points on a straight line; beyond the ends on the outermost piece, but never below 0. */
export function curveAt(curve: readonly CurvePoint[], busy: number): number {
  const after = curve.findIndex((point) => point.busy > busy);
  const right = after < 0 ? curve.length - 1 : Math.max(1, after);
  const [from, to] = [curve[right - 1]!, curve[right]!];
  return Math.max(0, from.watts + ((to.watts - from.watts) * (busy - from.busy)) / (to.busy - from.busy));
}

/** W from an idle to a fully busy machine, of the flattest and of the steepest piece: what one more busy thread may mean. */
export function slopesOf(curve: readonly CurvePoint[]): { readonly least: number; readonly most: number } {
  const slopes = curve
    .slice(1)
    .map((point, index) => (point.watts - curve[index]!.watts) / (point.busy - curve[index]!.busy));
  return { least: Math.min(...slopes), most: Math.max(...slopes) };
}
