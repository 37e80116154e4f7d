/** Figures as markup: the value stands out, its interval is quiet, neither breaks across lines. */
import { formatBytes, formatDuration } from "../../core/format-quantity.ts";
import { bytes, seconds } from "../../core/quantity.ts";
import type { Range } from "../../receipt/receipt.ts";
import type { ChoiceCandidate, ChoiceReport, Metric } from "../../score/choice-report.ts";
import {
  type EnergyScale,
  energyPerUnit,
  energyRatio,
  isReference,
  joulesInterval,
  joulesText,
  ratioInterval,
  ratioText,
} from "../choice-energy.ts";
import { qualityInterval, qualityText, VERDICTS } from "../quality-words.ts";
import { html, type Markup, NOTHING, type Part } from "./markup.ts";

const figure = (value: string, interval: string): Markup =>
  html`<span class="value">${value}</span> <span class="interval">(${interval})</span>`;

export const quiet = (part: Part): Markup => html`<span class="quiet">${part}</span>`;

export const qualityFigure = (range: Range, metric: Metric): Markup =>
  figure(qualityText(range.value, metric), qualityInterval(range, metric));

export const joulesFigure = (range: Range): Markup => figure(joulesText(range.value), joulesInterval(range));

export const durationText = (duration: number): string => formatDuration(seconds(duration));
export const sizeText = (size: number): string => formatBytes(bytes(size));

/** The compared energy large; the other reading of it, relative or in watt-hours, below. */
export function energyFigure(report: ChoiceReport, candidate: ChoiceCandidate, scale: EnergyScale): Markup {
  const { status, unit } = candidate.energy;
  const perUnit = energyPerUnit(candidate);
  if (perUnit === undefined) return quiet("unavailable");
  const absolute = html`${joulesFigure(perUnit)}${unit === scale.unit ? NOTHING : html` per ${unit}`}`;
  const relative = ratioFigure(report, candidate);
  if (relative === undefined) return html`${absolute} ${quiet(status)}`;
  return scale.reference === undefined
    ? html`${absolute} ${quiet(html`${status}; relative energy ${relative}`)}`
    : html`${relative} ${quiet(html`${status}: ${absolute}`)}`;
}

function ratioFigure(report: ChoiceReport, candidate: ChoiceCandidate): Markup | undefined {
  const ratio = energyRatio(report, candidate);
  if (ratio === undefined) return undefined;
  return isReference(report, candidate)
    ? html`<span class="value">${ratioText(ratio.value)}</span> ${quiet("the reference")}`
    : figure(ratioText(ratio.value), ratioInterval(ratio));
}

/** Length says the share of the largest; linear from 0, so that nothing looks closer than it is. */
export function bar(value: number, most: number): Markup {
  const share = most > 0 ? Math.min(100, Math.max(0, (100 * value) / most)) : 0;
  return html`<span class="bar" aria-hidden="true"><span style="width:${share.toFixed(1)}%"></span></span>`;
}

export const verdict = ({ floor }: ChoiceCandidate): Markup =>
  html`<span class="verdict ${floor}"><span aria-hidden="true">${VERDICTS[floor].mark}</span> ${VERDICTS[floor].words}</span>`;
