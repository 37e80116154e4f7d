/** Choices as text of 80 columns for a terminal: the answer, the candidates as a table, what the figures mean. */
import type { ChoiceCandidate, ChoiceReport } from "../score/choice-report.ts";
import { answerOf, doubtOf, inShownOrder, needsNoModel, pickedOf, SLOGAN } from "./choice-answer.ts";
import { type EnergyScale, energyName, energyScale, isModelled } from "./choice-energy.ts";
import { clip, displayWidth, pad, wrap } from "./display-width.ts";
import { capital } from "./number-words.ts";
import { printable } from "./printable.ts";
import { floorWords, metricName, qualityInterval, qualityText, VERDICTS } from "./quality-words.ts";

const COLUMNS = 80;
const INDENT = "  ";
const GAP = 2;
/** Width of the arrow before the picked one. */
const MARK = 2;
/** A name keeps at least so much when the other columns are wide. */
const LEAST_NAME = 16;

/** One block per choice, with an empty line between; ends without a line break. */
export const choiceText = (reports: readonly ChoiceReport[]): string => reports.map(block).join("\n\n");

function block(report: ChoiceReport): string {
  const doubt = doubtOf(report);
  const mark = pickedOf(report) === undefined ? "✗" : "✓";
  return [
    ...paragraph(`${report.title}: ${report.question}`, ""),
    "",
    ...paragraph(`${mark} ${answerOf(report)}`, INDENT),
    ...paragraph(report.why, `${INDENT}  `),
    ...(doubt === undefined ? [] : paragraph(`≈ ${doubt}`, `${INDENT}  `)),
    ...(needsNoModel(report) ? paragraph(SLOGAN, `${INDENT}  `) : []),
    "",
    ...candidateLines(report),
    "",
    ...footnotes(report).flatMap((note) => paragraph(note, INDENT)),
  ].join("\n");
}

/** A row is a list of cells, a cell a list of lines. */
type Row = readonly (readonly string[])[];

function candidateLines(report: ChoiceReport): readonly string[] {
  const shown = inShownOrder(report);
  if (shown.length === 0) return [`${INDENT}no candidate`];
  const scale = energyScale(report);
  const head: Row = [[capital(metricName(report.metric))], energyName(report).split(" "), ["floor"]];
  const rows = [head, ...shown.map((one) => figures(report, one, scale))].map(plain);
  const widths = head.map((_, at) => Math.max(...rows.flatMap((row) => (row[at] ?? []).map(displayWidth))));
  const room = COLUMNS - INDENT.length - MARK - widths.reduce((sum, width) => sum + GAP + width, 0);
  const names = shown.map(({ label }) => wrap(printable(label), Math.max(LEAST_NAME, room)));
  const name = Math.max(...names.flat().map(displayWidth));
  return rows.flatMap((row, at) => {
    const one = shown[at - 1];
    const mark = one !== undefined && one.id === report.picked ? "→ " : "  ";
    return lines([[mark], names[at - 1] ?? [], ...row], [0, name, ...widths]);
  });
}

function figures(report: ChoiceReport, one: ChoiceCandidate, scale: EnergyScale): Row {
  const { metric } = report;
  const { median } = one.quality;
  const energy = scale.of(one);
  const interval = energy === undefined || energy.low === energy.high ? [] : [`(${scale.interval(energy)})`];
  const { mark, short } = VERDICTS[one.floor];
  return [
    [qualityText(median.value, metric), `(${qualityInterval(median, metric)})`],
    energy === undefined ? ["unavailable"] : [scale.text(energy.value), ...interval],
    [`${mark} ${short}`],
  ];
}

/** Without controls, so that no name can steer the terminal. */
const plain = (row: Row): Row => row.map((cell) => cell.map(printable));

function lines(row: Row, widths: readonly number[]): readonly string[] {
  const height = Math.max(...row.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => {
    const cells = row.map((cell, at) => pad(cell[line] ?? "", widths[at] ?? 0));
    const text = `${INDENT}${pad(cells[0] ?? "", MARK)}${cells.slice(1).join(" ".repeat(GAP))}`;
    return clip(text.trimEnd(), COLUMNS);
  });
}

function footnotes(report: ChoiceReport): readonly string[] {
  const { reference, unit } = energyScale(report);
  const energy =
    reference === undefined
      ? `${capital(energyName(report))} is per ${unit}${isModelled(report) ? "; it is modelled: take it as an order of magnitude" : ""}.`
      : `Relative energy is per ${unit}; 1 × is ${reference}. It is modelled, so compare ratios only.`;
  return [
    `Floor: ${floorWords(report.floor, report.metric)} (${report.floor.source}). In brackets: 95 % intervals.`,
    ...(report.candidates.length > 0 ? [energy] : []),
    ...report.honesty,
  ];
}

const paragraph = (text: string, indent: string): readonly string[] =>
  wrap(printable(text), COLUMNS - indent.length).map((line) => indent + line);
