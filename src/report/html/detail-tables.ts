/** What lies behind a quality figure: confusion matrices and single items. */
import type { ChoiceCandidate, ChoiceReport, ConfusionFigure } from "../../score/choice-report.ts";
import { inShownOrder } from "../choice-answer.ts";
import { capital, numeral, wholeNumber } from "../number-words.ts";
import { metricName, qualityText } from "../quality-words.ts";
import { durationText, quiet } from "./figures.ts";
import { html, type Markup, NOTHING, type Part } from "./markup.ts";
import { table } from "./table.ts";

/** A larger matrix cannot be read; its largest errors can. */
const MOST_LABELS = 12;
const MOST_PAIRS = 12;
/** At full strength the shade would hide the number. */
const STRONGEST_SHADE = 0.35;

export function confusionTables(report: ChoiceReport): Markup {
  const shown = inShownOrder(report).filter(
    (one) => one.confusion !== undefined && one.confusion.labels.length > 0,
  );
  if (shown.length === 0) return NOTHING;
  return html`<h3>What was mistaken for what</h3>
<div class="side-by-side">${shown.map((one) => confusionTable(one.label, one.confusion!))}</div>
`;
}

function confusionTable(label: string, figure: ConfusionFigure): Markup {
  const { labels, counts, seed } = figure;
  const place = `${label}, seed ${numeral(seed)}`;
  if (labels.length > MOST_LABELS) return largestErrors(place, figure);
  return table({
    caption: html`${place}. Rows: the true label; columns: the predicted one.`,
    columns: ["true \\ predicted", ...labels],
    look: "plain",
    rows: labels.map((name, row) => {
      const line = counts[row] ?? [];
      const total = line.reduce((sum, count) => sum + count, 0);
      return {
        cells: [
          name,
          ...labels.map((_, column) => {
            const count = line[column] ?? 0;
            const shade = total > 0 ? (STRONGEST_SHADE * count) / total : 0;
            const kind = row === column ? "right" : "wrong";
            return html`<span class="count ${kind}" style="--shade:${`${(100 * shade).toFixed(1)}%`}">${wholeNumber(count)}</span>`;
          }),
        ],
      };
    }),
  });
}

function largestErrors(place: string, { labels, counts }: ConfusionFigure): Markup {
  const pairs = counts
    .flatMap((line, row) => line.map((count, column) => ({ row, column, count })))
    .filter(({ row, column, count }) => row !== column && count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_PAIRS);
  if (pairs.length === 0)
    return html`<p>${place}: no item of ${wholeNumber(labels.length)} labels was mistaken.</p>`;
  return table({
    caption: html`${place}. The most frequent mistakes among ${wholeNumber(labels.length)} labels.`,
    columns: ["True label", "Predicted", "Items"],
    look: "plain",
    rows: pairs.map(({ row, column, count }) => ({
      cells: [labels[row] ?? "", labels[column] ?? "", wholeNumber(count)],
    })),
  });
}

export const itemTables = (report: ChoiceReport): Markup => {
  const shown = inShownOrder(report).filter((one) => (one.items ?? []).length > 0);
  if (shown.length === 0) return NOTHING;
  return html`<h3>Item by item</h3>
${shown.map((one) => itemTable(report, one))}`;
};

function itemTable({ metric }: ChoiceReport, { label, items = [] }: ChoiceCandidate): Markup {
  const columns: readonly (readonly [title: string, isThere: boolean, cell: (item: Item) => Part])[] = [
    ["Item", true, (item) => item.name],
    [capital(metricName(metric)), true, (item) => qualityText(item.value, metric)],
    ["Errors", items.some((item) => item.errors !== undefined), ({ errors }) => known(errors, wholeNumber)],
    ["Words", items.some((item) => item.words !== undefined), ({ words }) => known(words, wholeNumber)],
    [
      "Length",
      items.some((item) => item.duration_s !== undefined),
      (item) => known(item.duration_s, durationText),
    ],
    ["Expected", items.some((item) => item.expected !== undefined), ({ expected }) => expected ?? ""],
    ["Found", items.some((item) => item.found !== undefined), ({ found }) => found ?? ""],
  ];
  const there = columns.filter(([, isThere]) => isThere);
  return table({
    caption: html`${label}: ${metricName(metric)} of every item.`,
    columns: there.map(([title]) => title),
    look: "cards",
    rows: items.map((item) => ({ cells: there.map(([, , cell]) => cell(item)) })),
  });
}

type Item = NonNullable<ChoiceCandidate["items"]>[number];

const known = (value: number | undefined, text: (value: number) => string): Part =>
  value === undefined ? quiet("unknown") : text(value);
