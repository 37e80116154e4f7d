/** From trials and turns to what a choice report says of a candidate. */
import { type Interval, scale, sumCorrelated } from "../../core/interval.ts";
import { seededRandom } from "../../core/random.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import {
  type ChoiceCandidate,
  type ChoiceFloor,
  judgeFloor,
  type Metric,
  rankByFrugality,
} from "../../score/choice-report.ts";
import { PAIRED_RATIO_METHOD, pairedRatio } from "../../score/paired-ratio.ts";
import { energyOfTurns, joulesOfTurns, secondsOfTurns, type Turn } from "./take-turns.ts";
import type { TextCandidate } from "./text-candidate.ts";
import { QUALITY_METHOD, type TextTrial } from "./text-trials.ts";

export interface Found {
  readonly trials: readonly TextTrial[];
  readonly turns: readonly Turn[];
  /** Receipt of the turns. */
  readonly measured: Receipt;
  /** Receipt of work that all seeds share. */
  readonly shared: Receipt | undefined;
  /** Mails of one training. */
  readonly examples: number;
  readonly unit: { readonly unit: string; readonly per: number };
  readonly metric: Metric;
  readonly floor: ChoiceFloor;
}

export function describeTexts(candidate: TextCandidate, found: Found): ChoiceCandidate {
  const { trials, turns, measured, shared, examples, unit, metric, floor } = found;
  const { id, label, kind, description, model, notes } = candidate;
  const middle = medianBy(trials, ({ test }) => test.value.estimate.value);
  const median = middle.test.value.estimate;
  const training = medianBy(trials, ({ trained }) => trained.receipt.energy.total_j?.value ?? 0).trained;
  const trainJ = energyOfTraining(training.receipt, shared, examples);
  const part = shared === undefined ? 0 : (shared.duration_s * examples) / (shared.work?.count ?? examples);
  return {
    id,
    label,
    kind,
    description,
    quality: {
      per_seed: trials.map(({ seed, test }) => ({ seed, estimate: test.value.estimate })),
      median,
      method: QUALITY_METHOD,
      count: sum(middle.test.value.confusion.counts.flat()),
    },
    energy: { ...energyOfTurns(turns, unit), ...(trainJ && { train_j: trainJ }) },
    duration_s: secondsOfTurns(turns, unit.per),
    train_s: training.receipt.duration_s + part,
    size_b: trials[0]!.trained.value.sizeB(),
    floor: judgeFloor(median, metric, floor.value),
    confusion: middle.test.value.confusion,
    ...(model && { model }),
    receipts: [
      ...(shared === undefined ? [] : [shared.id]),
      ...trials.flatMap(({ trained, test }) => [trained.receipt.id, test.receipt.id]),
      measured.id,
    ],
    notes,
  };
}

/** Of one training by itself: with the part of the shared work that its texts took. */
function energyOfTraining(
  { energy }: Receipt,
  shared: Receipt | undefined,
  examples: number,
): Interval | undefined {
  if (energy.total_j === undefined) return undefined;
  if (shared === undefined) return energy.total_j;
  const each = shared.work?.energy_per_unit_j;
  return each && sumCorrelated([energy.total_j, scale(each, examples)]);
}

/** An item whose value is a median; of an even number the lower middle, so that no claim rests on the better half. */
function medianBy<T>(items: readonly T[], measureOf: (item: T) => number): T {
  const sorted = items.toSorted((a, b) => measureOf(a) - measureOf(b));
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Relative to the least energy that does the job; where none does, to the least of all that can be told. */
export function withRatios(
  candidates: readonly ChoiceCandidate[],
  turns: ReadonlyMap<string, readonly Turn[]>,
  metric: Metric,
): ChoiceCandidate[] {
  const anyway = candidates.map((one) => ({ ...one, floor: "meets" as const }));
  const reference = rankByFrugality(candidates, metric)[0] ?? rankByFrugality(anyway, metric)[0];
  return candidates.map((one) => {
    const [own, other] = [one.id, reference?.id ?? one.id].map((id) => joulesOfTurns(turns.get(id)!));
    const ratio = pairedRatio(own!, other!, seededRandom(RATIO_SEED));
    const relative = ratio && { reference: reference!.id, ratio, method: PAIRED_RATIO_METHOD };
    return relative === undefined ? one : { ...one, relative_energy: relative };
  });
}

/** Fixed: the same turns give the same interval. */
const RATIO_SEED = 1;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
