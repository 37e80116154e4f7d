/** Choices and the receipts behind them as one self-contained HTML page: answers first, evidence below. */
import type { Receipt } from "../receipt/receipt.ts";
import type { ChoiceReport } from "../score/choice-report.ts";
import { answerCard } from "./html/answer-card.ts";
import { candidateTable, seedTable } from "./html/candidate-table.ts";
import { confusionTables, itemTables } from "./html/detail-tables.ts";
import { carbonSection, energySection } from "./html/energy-section.ts";
import { html, type Markup } from "./html/markup.ts";
import { pageShell } from "./html/page-shell.ts";
import { plotFigure } from "./html/plot-figure.ts";
import {
  dataSection,
  honestySection,
  publishedTable,
  setupSection,
  stampText,
} from "./html/provenance-section.ts";
import { type ReceiptLinks, receiptLinks, receiptsSection } from "./html/receipt-details.ts";

export const CHOICE_PAGE_SCHEMA = "frugal.choice-page/1";

/**
 * The whole page as text. It holds a copy of its data as JSON in `script#report-data`.
 * @param receipts those that the candidates name; one that is missing is named as such.
 */
export function choicePage(reports: readonly ChoiceReport[], receipts: readonly Receipt[]): string {
  const links = receiptLinks(receipts);
  return pageShell({
    title: [...reports.map((report) => report.title), "frugal"].join(" · "),
    header: html`<h1>The least energy that does the job</h1>
<p>${underTitle(reports)}</p>
`,
    main: [
      html`<div class="answers">
${reports.map((report, at) => answerCard(report, jobId(at)))}</div>
`,
      ...reports.map((report, at) => job(report, jobId(at), links)),
      receiptsSection(receipts),
    ],
    footer: html`<p>Made by frugal. This page loads nothing and runs no script. Its data stands at its end as JSON, in the element <code>script#report-data</code>.</p>
`,
    data: { schema: CHOICE_PAGE_SCHEMA, reports, receipts },
  });
}

const jobId = (at: number): string => `job-${at + 1}`;

function underTitle(reports: readonly ChoiceReport[]): string {
  const [first] = reports;
  if (first === undefined) return "No choice was made.";
  const count = reports.length === 1 ? "One question" : `${reports.length} questions`;
  const machine = first.hardware === undefined ? "" : `, answered on ${first.hardware.cpu_model}`;
  return `${count}${machine}, ${stampText(first.made_at)}`;
}

const job = (
  report: ChoiceReport,
  id: string,
  links: ReceiptLinks,
): Markup => html`<article class="card job" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${report.title}: the evidence</h2>
${plotFigure(report, id)}
<h3>Candidates</h3>
${candidateTable(report, links)}
${seedTable(report)}
${confusionTables(report)}
${itemTables(report)}
${honestySection(report)}
<div class="panels">
${energySection(report)}
${carbonSection(report)}
${dataSection(report)}
${setupSection(report)}</div>
${publishedTable(report)}</article>
`;
