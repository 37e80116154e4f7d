/** The answer of a choice: who was picked, and the order in which candidates are shown. */
import { type ChoiceCandidate, type ChoiceReport, rankByFrugality } from "../score/choice-report.ts";
import { floorWords, qualityInterval } from "./quality-words.ts";

export const SLOGAN = "The greenest model is the one you don’t need.";

export const pickedOf = (report: ChoiceReport): ChoiceCandidate | undefined =>
  report.candidates.find((one) => one.id === report.picked);

/** True when what was picked needs no ready model, though one was among the candidates. */
export function needsNoModel(report: ChoiceReport): boolean {
  const picked = pickedOf(report);
  return (
    picked !== undefined &&
    picked.model === undefined &&
    report.candidates.some((one) => one.model !== undefined)
  );
}

/** A pick that its interval does not make sure is said beside it, not only in a table. */
export function doubtOf(report: ChoiceReport): string | undefined {
  const picked = pickedOf(report);
  if (picked?.floor !== "straddles") return undefined;
  const { metric, floor } = report;
  const interval = qualityInterval(picked.quality.median, metric);
  return `Likely, not sure: needed is ${floorWords(floor, metric)}, the interval is ${interval}.`;
}

/** The picked one, then the most frugal that do the job, then those that do not. */
export function inShownOrder(report: ChoiceReport): readonly ChoiceCandidate[] {
  const ranked = rankByFrugality(report.candidates, report.metric);
  const rest = report.candidates.filter((one) => !ranked.includes(one));
  const all = [...ranked, ...rest];
  return [...all.filter((one) => one.id === report.picked), ...all.filter((one) => one.id !== report.picked)];
}

/** In large letters: the name, or that there is none. */
export function answerOf(report: ChoiceReport): string {
  const picked = pickedOf(report);
  if (picked !== undefined) return picked.label;
  if (report.candidates.length === 0) return "Nothing was tried";
  return report.candidates.length === 1 ? "It does not do the job" : "None of them does the job";
}
