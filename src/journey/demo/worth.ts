/** Whether a gain in quality is worth the energy of getting it, in a sentence. */
import { formatEnergy } from "../../core/format-quantity.ts";
import { joules } from "../../core/quantity.ts";
import type { ChoiceCandidate } from "../../score/choice-report.ts";

/** @param rivals of the same report. */
export function worthOf(adapted: ChoiceCandidate, rivals: readonly ChoiceCandidate[]): string {
  const quality = ({ quality: { median } }: ChoiceCandidate): number => median.value;
  const best = rivals.toSorted((a, b) => quality(b) - quality(a))[0];
  if (best === undefined) return `There is nothing that ${adapted.label} could be set beside.`;
  const points = (100 * Math.abs(quality(adapted) - quality(best))).toFixed(1);
  const spent = energyWords(adapted, best);
  if (quality(adapted) <= quality(best)) {
    const same = quality(adapted) === quality(best) ? "no better than" : `${points} points behind`;
    return `Not worth its energy here: ${adapted.label} is ${same} ${best.label}${spent}.`;
  }
  const sure = adapted.quality.median.low > best.quality.median.high;
  return sure
    ? `Worth it where these ${points} points count: so far ${adapted.label} is ahead of ${best.label}${spent}.`
    : `Not shown to be worth it: ${adapted.label} is ${points} points ahead of ${best.label}, within what chance explains${spent}.`;
}

function energyWords(adapted: ChoiceCandidate, best: ChoiceCandidate): string {
  const [own, other] = [adapted.energy.train_j?.value, best.energy.train_j?.value ?? 0];
  return own === undefined
    ? ""
    : `; its training took ${formatEnergy(joules(own))}, the other's ${formatEnergy(joules(other))}`;
}
