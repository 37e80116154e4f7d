/** What a choice plot draws, and the same in words for those who cannot see it. */
import type { Range } from "../receipt/receipt.ts";
import type { ChoiceCandidate, ChoiceReport } from "../score/choice-report.ts";
import { inShownOrder } from "./choice-answer.ts";
import { type EnergyScale, energyName } from "./choice-energy.ts";
import { printable } from "./printable.ts";
import { floorWords, metricName, qualityInterval, qualityText, VERDICTS } from "./quality-words.ts";

export interface ChoicePoint {
  readonly name: string;
  readonly energy: Range;
  readonly quality: Range;
  readonly look: "picked" | "other" | "misses";
  /** The second line of its label. */
  readonly figures: string;
}

export const isDrawable = ({ quality: { median } }: ChoiceCandidate, energy: Range | undefined): boolean =>
  energy !== undefined && [median.low, median.value, median.high].every(Number.isFinite);

/** Candidates with both quality and energy, the picked one first. */
export const choicePoints = (report: ChoiceReport, scale: EnergyScale): readonly ChoicePoint[] =>
  inShownOrder(report).flatMap((candidate) => {
    const energy = scale.of(candidate);
    if (energy === undefined || !isDrawable(candidate, energy)) return [];
    const { median } = candidate.quality;
    const look =
      candidate.id === report.picked ? "picked" : candidate.floor === "misses" ? "misses" : "other";
    const figures = `${qualityText(median.value, report.metric)}, ${scale.text(energy.value)}`;
    return [
      {
        name: printable(candidate.label),
        energy,
        quality: median,
        look,
        figures: look === "picked" ? `picked: ${figures}` : figures,
      },
    ];
  });

export function describePlot(
  report: ChoiceReport,
  points: readonly ChoicePoint[],
  scale: EnergyScale,
): string {
  const { metric, floor } = report;
  const each = points.map(
    ({ name, quality, energy, look }) =>
      `${name}: ${qualityText(quality.value, metric)} (${qualityInterval(quality, metric)}), ` +
      `${scale.text(energy.value)} (${scale.interval(energy)})` +
      `${look === "picked" ? ", picked" : look === "misses" ? `, ${VERDICTS.misses.words} the floor` : ""}.`,
  );
  return printable(
    `Floor: ${floorWords(floor, metric)}. ${metricName(metric)} upwards, better on top; ${energyName(report)} per ${scale.unit} to the right. ${each.join(" ")}`,
  );
}
