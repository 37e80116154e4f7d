/**
 * Which energy a choice compares. Modelled joules share an error that can be a factor; ratios of paired repeats do not.
 * So modelled energy is called relative energy, and ratios are drawn wherever all candidates have one.
 */
import { formatEnergy, significant } from "../core/format-quantity.ts";
import { exactly, scale } from "../core/interval.ts";
import { fromWattHours, JOULES_PER_WATT_HOUR, joules } from "../core/quantity.ts";
import type { Range } from "../receipt/receipt.ts";
import type { ChoiceCandidate, ChoiceReport } from "../score/choice-report.ts";

const isKnown = ({ low, value, high }: Range): boolean => [low, value, high].every(Number.isFinite);

/** Joules per unit; undefined where nobody could tell. */
export function energyPerUnit({ energy }: ChoiceCandidate): Range | undefined {
  const range = energy.status === "unavailable" ? undefined : energy.per_unit_j;
  return range !== undefined && isKnown(range) ? range : undefined;
}

/** Times the reference's energy; 1 for the reference itself. */
export function energyRatio(report: ChoiceReport, candidate: ChoiceCandidate): Range | undefined {
  const ratio = candidate.relative_energy?.ratio;
  if (energyPerUnit(candidate) === undefined) return undefined;
  if (ratio !== undefined && isKnown(ratio)) return ratio;
  return isReference(report, candidate) ? exactly(1) : undefined;
}

export const isReference = (report: ChoiceReport, { id }: ChoiceCandidate): boolean =>
  id === referenceId(report);

const referenceId = ({ candidates }: ChoiceReport): string | undefined =>
  candidates.find((one) => one.relative_energy !== undefined)?.relative_energy?.reference;

/** Its label; the bare id where it is no candidate; undefined where nothing is relative. */
export function referenceLabel(report: ChoiceReport): string | undefined {
  const id = referenceId(report);
  return report.candidates.find((one) => one.id === id)?.label ?? id;
}

export const isModelled = ({ candidates }: ChoiceReport): boolean =>
  candidates.some((one) => one.energy.status === "modelled");

export const energyName = (report: ChoiceReport): string =>
  isModelled(report) ? "relative energy" : "energy";

/** The scale on which candidates stand side by side. */
export interface EnergyScale {
  /** Of one candidate, times the reference or in watt-hours; undefined where it cannot be compared. */
  readonly of: (candidate: ChoiceCandidate) => Range | undefined;
  readonly text: (value: number) => string;
  readonly interval: (range: Range) => string;
  /** What one energy is for: "1,000 mails". */
  readonly unit: string;
  /** Label of the candidate that is 1; left out where watt-hours are compared. */
  readonly reference?: string;
}

export function energyScale(report: ChoiceReport): EnergyScale {
  const known = report.candidates.filter((one) => energyPerUnit(one) !== undefined);
  const unit = (known[0] ?? report.candidates[0])?.energy.unit ?? "";
  const sameUnit = (one: ChoiceCandidate): boolean => one.energy.unit === unit;
  const reference = referenceLabel(report);
  const allRelative = known.every((one) => energyRatio(report, one) !== undefined);
  if (isModelled(report) && report.candidates.length > 1 && allRelative && reference !== undefined) {
    const ratio = (one: ChoiceCandidate): Range | undefined =>
      sameUnit(one) ? energyRatio(report, one) : undefined;
    return { of: ratio, text: ratioText, interval: ratioInterval, unit, reference };
  }
  const wattHours = (one: ChoiceCandidate): Range | undefined => {
    const energy = sameUnit(one) ? energyPerUnit(one) : undefined;
    return energy && scale(energy, 1 / JOULES_PER_WATT_HOUR);
  };
  const text = (value: number): string => formatEnergy(fromWattHours(value));
  return { of: wattHours, text, interval: ({ low, high }) => `${text(low)} … ${text(high)}`, unit };
}

export const ratioText = (value: number): string => `${significant(value)} ×`;
export const joulesText = (value: number): string => formatEnergy(joules(value));

/** `31 … 37 ×`, `5 mWh … 20 mWh`. */
export const ratioInterval = ({ low, high }: Range): string => `${significant(low)} … ${ratioText(high)}`;
export const joulesInterval = ({ low, high }: Range): string => `${joulesText(low)} … ${joulesText(high)}`;
