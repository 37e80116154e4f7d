import { invariant } from "../core/error.ts";
import type { Interval } from "../core/interval.ts";
import type { Random } from "../core/random.ts";
import { bootstrapInterval } from "./bootstrap-interval.ts";

export const PAIRED_RATIO_METHOD = "geometric mean of paired repeats, percentile bootstrap over the repeats";

/**
 * How many times `subject` is `reference`, from repeats that were taken in turns: what a pair shares (a model's error, a busy
 * machine) cancels within it. The geometric mean, because it does not depend on which of both is the reference
 * (Fleming & Wallace 1986, "How not to lie with statistics").
 * @returns undefined where a repeat spent nothing that could be read: a ratio to 0 says nothing.
 */
export function pairedRatio(
  subject: readonly number[],
  reference: readonly number[],
  random: Random,
): Interval | undefined {
  invariant(
    subject.length === reference.length,
    `${subject.length} repeats against ${reference.length} repeats`,
  );
  if (subject.length === 0 || [...subject, ...reference].some((spent) => !(spent > 0))) return undefined;
  const logs = subject.map((spent, at) => Math.log(spent / reference[at]!));
  const mean = (indices: Int32Array): number =>
    indices.reduce((sum, index) => sum + logs[index]!, 0) / indices.length;
  // Back from logarithms only at the end, so that the interval, too, inverts with the ratio.
  const { low, value, high } = bootstrapInterval(logs.length, mean, { random });
  return { low: Math.exp(low), value: Math.exp(value), high: Math.exp(high) };
}
