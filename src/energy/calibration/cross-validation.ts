export interface CrossValidation {
  /** Root mean square of the relative errors of points that the fit had not seen. */
  readonly rms: number;
  readonly worst: number;
  readonly blocks: number;
  /** Relative half-width, nominal 95 %, for a figure by the fit. */
  readonly halfWidth: number;
}

/**
 * Leaves out one block after the other, fits the rest and predicts the block (blocked cross-validation; Roberts et al. 2017,
 * Ecography 40, doi:10.1111/ecog.02881: blocks, because neighbours share their errors). Undefined where a rest cannot be fitted.
 *
 * The half-width is the root mean square times Student's t for as many degrees of freedom as there are blocks: few
 * blocks tell their own spread badly.
 */
export function crossValidate<P extends { readonly y: number; readonly block: string }>(
  points: readonly P[],
  learn: (rest: readonly P[]) => ((point: P) => number) | undefined,
): CrossValidation | undefined {
  const blocks = [...new Set(points.map(({ block }) => block))];
  const errors: number[] = [];
  for (const block of blocks) {
    const predict = learn(points.filter((point) => point.block !== block));
    if (predict === undefined) return undefined;
    for (const point of points) if (point.block === block) errors.push(predict(point) / point.y - 1);
  }
  if (blocks.length < 2) return undefined;
  const rms = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  return {
    rms,
    worst: Math.max(...errors.map(Math.abs)),
    blocks: blocks.length,
    halfWidth: rms * studentT(blocks.length),
  };
}

/** Two-sided 95 % quantile of Student's t (Abramowitz and Stegun, table 26.10), for 1, 2, 3 … degrees of freedom. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;
const NORMAL = 1.96;
/** Cornish-Fisher expansion beyond the table (Abramowitz and Stegun 26.7.5, first term). */
export const studentT = (degrees: number): number =>
  T[degrees - 1] ?? NORMAL + (NORMAL ** 3 + NORMAL) / (4 * degrees);
