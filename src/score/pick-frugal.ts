/** Which candidate to take: of those that do the job the one that needs least energy, and what to say when that cannot be told. */
import { significant } from "../core/format-quantity.ts";
import { type ChoiceCandidate, type ChoiceFloor, type Metric, rankByFrugality } from "./choice-report.ts";

export interface Pick {
  /** Left out when none meets the floor. */
  readonly picked?: ChoiceCandidate;
  /** Those whose energy cannot be told from the least: the interval of their ratio holds 1, or there is none. */
  readonly tied: readonly ChoiceCandidate[];
  /** One plain sentence. */
  readonly why: string;
}

/** Among tied ones the better quality decides, then the smaller model. Ratios must be relative to the candidate of least energy. */
export function pickFrugal(candidates: readonly ChoiceCandidate[], metric: Metric, floor: ChoiceFloor): Pick {
  const ranked = rankByFrugality(candidates, metric);
  const least = ranked[0];
  if (least === undefined) return { tied: [], why: noneMeets(candidates, metric, floor) };
  const others = ranked.slice(1).filter((one) => isTied(one, least));
  if (others.length === 0) return { picked: least, tied: [], why: leastWins(least, ranked, metric, floor) };
  const even = [least, ...others];
  const [picked] = even.toSorted((a, b) => byQuality(a, b, metric) || sizeOf(a) - sizeOf(b));
  const names = even.map(({ label }) => label).join(" and ");
  const reason = even.every((one) => byQuality(one, picked!, metric) === 0) ? "is the smaller" : "is better";
  return {
    picked: picked!,
    tied: even,
    why: `It is a tie: the energy of ${names} cannot be told apart here, and ${picked!.label} ${reason} (${qualityOf(picked!, metric)}).`,
  };
}

function isTied(one: ChoiceCandidate, least: ChoiceCandidate): boolean {
  const relative = one.relative_energy;
  if (relative === undefined || relative.reference !== least.id) return true;
  return relative.ratio.low <= 1;
}

const byQuality = (a: ChoiceCandidate, b: ChoiceCandidate, { better }: Metric): number =>
  (better === "higher" ? -1 : 1) * (a.quality.median.value - b.quality.median.value);

const sizeOf = ({ size_b }: ChoiceCandidate): number => size_b ?? Number.POSITIVE_INFINITY;

function leastWins(
  least: ChoiceCandidate,
  ranked: readonly ChoiceCandidate[],
  metric: Metric,
  floor: ChoiceFloor,
): string {
  const job = `${least.label} does the job (${qualityOf(least, metric)}, floor ${percent(floor.value)})`;
  const next = ranked[1];
  if (next?.relative_energy === undefined) return `${job}.`;
  const times = significant(next.relative_energy.ratio.value);
  const gain = byQuality(next, least, metric) < 0 ? "and is better" : "and is no better";
  return `${job} with the least energy: ${next.label} takes ${times} times as much ${gain} (${qualityOf(next, metric)}).`;
}

function noneMeets(candidates: readonly ChoiceCandidate[], metric: Metric, floor: ChoiceFloor): string {
  const [best] = candidates.toSorted((a, b) => byQuality(a, b, metric));
  const nearest = best === undefined ? "" : `; the nearest is ${best.label} (${qualityOf(best, metric)})`;
  return `No candidate reaches the floor of ${percent(floor.value)}${nearest}.`;
}

const qualityOf = ({ quality }: ChoiceCandidate, metric: Metric): string =>
  `${metric.name.replaceAll("_", " ")} ${percent(quality.median.value)}`;

/** Metrics here are parts of a whole. One digit: test sets of some hundred items carry no more. */
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
