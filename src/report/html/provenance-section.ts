/** Where the data and foreign figures come from, and on what the work was done. */
import { formatBytes } from "../../core/format-quantity.ts";
import { bytes } from "../../core/quantity.ts";
import type { ChoiceReport, PublishedFigure } from "../../score/choice-report.ts";
import { numeral, threeDigits, wholeNumber } from "../number-words.ts";
import { quiet } from "./figures.ts";
import { html, linked, type Markup, NOTHING } from "./markup.ts";
import { bullets, facts, table } from "./table.ts";

export const dataSection = ({ data }: ChoiceReport): Markup => html`<section class="panel"><h3>Data</h3>
${facts([
  ["Name", data.name],
  ["Source", data.source === undefined ? quiet("unknown") : linked(data.source)],
  ["Licence", data.licence ?? quiet("unknown")],
  ...Object.entries(data.counts).map(([name, count]) => [name, wholeNumber(count)] as const),
  ["SHA-256", data.sha256 === undefined ? quiet("unknown") : html`<code>${data.sha256}</code>`],
])}
${data.prepared.length > 0 ? html`<p>How it was prepared:</p>` : NOTHING}${bullets(data.prepared)}</section>
`;

export const setupSection = (
  report: ChoiceReport,
): Markup => html`<section class="panel"><h3>Machine and seeds</h3>
${facts([
  ...(report.hardware === undefined
    ? [["Hardware", quiet("unknown")] as const]
    : ([
        ["Processor", report.hardware.cpu_model],
        ["Threads", wholeNumber(report.hardware.cpu_threads)],
        ["Memory", formatBytes(bytes(report.hardware.memory_b))],
        ["System", `${report.hardware.os}, ${report.hardware.arch}`],
      ] as const)),
  ["Task", report.task],
  ["Seeds", report.seeds.length === 0 ? quiet("nothing is random") : report.seeds.map(numeral).join(", ")],
  ["Made", html`<time datetime="${report.made_at}">${stampText(report.made_at)}</time>`],
])}</section>
`;

/** `2026-11-25 09:31 UTC`; what is no such stamp stays as it is. */
export const stampText = (stamp: string): string =>
  stamp.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*Z$/, "$1 $2 UTC");

export const honestySection = ({ honesty }: ChoiceReport): Markup =>
  honesty.length === 0
    ? NOTHING
    : html`<section class="panel caution"><h3>Before you rely on this</h3>
${bullets(honesty)}</section>
`;

export const publishedTable = ({ published = [] }: ChoiceReport): Markup =>
  published.length === 0
    ? NOTHING
    : html`<h3>Published figures, for scale</h3>
<p>These come from other machines, other data or other boundaries. They stand beside our figures and are never added to them or taken off; energy that others spent before is not saved by reusing their model.</p>
${table({
  caption: html`Figures that were not made here.`,
  columns: ["What", "Value", "Source", "Notes"],
  look: "cards",
  rows: published.map((figure) => ({
    cells: [figure.label, publishedValue(figure), linked(figure.source), figure.notes.join(" ")],
  })),
})}`;

function publishedValue({ value, unit }: PublishedFigure): Markup {
  if (!Number.isFinite(value.value)) return html`unknown`;
  const isExact = value.low === value.high || !Number.isFinite(value.low) || !Number.isFinite(value.high);
  const interval = isExact
    ? NOTHING
    : html` <span class="interval">(${threeDigits(value.low)} … ${threeDigits(value.high)})</span>`;
  return html`<span class="value">${threeDigits(value.value)}</span>${interval} ${unit}`;
}
