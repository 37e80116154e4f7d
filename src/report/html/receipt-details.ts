/** The receipts behind the figures, each expandable, and links to them. */
import { formatDuration, formatMass } from "../../core/format-quantity.ts";
import { gramsCO2e, seconds } from "../../core/quantity.ts";
import type { EnergyPart, Range, Receipt } from "../../receipt/receipt.ts";
import { joulesInterval, joulesText } from "../choice-energy.ts";
import { numeral, threeDigits, wholeNumber } from "../number-words.ts";
import { SHORT_ID } from "../receipt-line.ts";
import { joulesFigure, quiet, sizeText } from "./figures.ts";
import { html, joined, type Markup, NOTHING, type Part } from "./markup.ts";
import { stampText } from "./provenance-section.ts";
import { bullets, facts, table } from "./table.ts";

export interface ReceiptLinks {
  /** Links to the receipts of these ids; says so where one is not on the page. */
  list(ids: readonly string[]): Part;
}

const anchor = (at: number): string => `receipt-${at + 1}`;
const shortId = (id: string): Markup => html`<code title="${id}">${id.slice(0, SHORT_ID)}</code>`;

export function receiptLinks(receipts: readonly Receipt[]): ReceiptLinks {
  const places = new Map(receipts.map(({ id }, at) => [id, at]));
  const one = (id: string): Part => {
    const at = places.get(id);
    return at === undefined
      ? html`${shortId(id)} ${quiet("not in this report")}`
      : html`<a href="#${anchor(at)}">${shortId(id)}</a>`;
  };
  return { list: (ids) => (ids.length === 0 ? quiet("none") : joined(ids.map(one), " ")) };
}

export const receiptsSection = (
  receipts: readonly Receipt[],
): Markup => html`<section class="card" aria-labelledby="receipts">
<h2 id="receipts">Receipts</h2>
<p>Each piece of work left a record of what it took. Its id is the SHA-256 of its content.</p>
${receipts.length === 0 ? html`<p>None came with this report.</p>` : receipts.map(receiptDetails)}</section>
`;

/** The anchor lies inside, so that a browser opens the details for a link to it. */
function receiptDetails(receipt: Receipt, at: number): Markup {
  const { energy, subject } = receipt;
  const total =
    energy.total_j === undefined
      ? "energy unavailable"
      : `${joulesText(energy.total_j.value)} ${energy.status}`;
  return html`<details class="receipt"><summary>${shortId(receipt.id)} <span>${receipt.kind}</span> <span class="name">${subject.id}</span> <span class="quiet">${total}, ${formatDuration(seconds(receipt.duration_s))}</span></summary>
<div id="${anchor(at)}">
${facts([
  ["Id", html`<code>${receipt.id}</code>`],
  ["Subject", subjectText(receipt)],
  ["Started", stampText(receipt.started_at)],
  [
    energy.status === "modelled" ? "Relative energy" : "Energy",
    energy.total_j === undefined
      ? "unavailable"
      : html`${joulesFigure(energy.total_j)} ${energy.status}${energy.shared ? ", shared with other work at the same time" : ""}`,
  ],
  energy.cpu_s === undefined ? undefined : ["Processor time", formatDuration(seconds(energy.cpu_s))],
  ["Work", workText(receipt)],
  ["Carbon", carbonText(receipt)],
  ...(receipt.quality ?? []).map(
    ({ metric, estimate, count, method }) =>
      [
        metric.replaceAll("_", " "),
        `${estimateText(estimate)}, ${wholeNumber(count)} items, ${method}`,
      ] as const,
  ),
  [
    "Hardware",
    `${receipt.hardware.cpu_model}, ${wholeNumber(receipt.hardware.cpu_threads)} threads, ${sizeText(receipt.hardware.memory_b)}, ${receipt.hardware.os}, ${receipt.hardware.arch}`,
  ],
  ["Software", pairs(receipt.software)],
  receipt.seeds === undefined ? undefined : ["Seeds", pairs(receipt.seeds)],
  receipt.settings === undefined ? undefined : ["Settings", pairs(receipt.settings)],
  receipt.parents.length === 0 ? undefined : ["Builds on", joined(receipt.parents.map(shortId), " ")],
  ["Outcome", outcomeText(receipt)],
])}
${partsTable(energy.parts)}${filesTable(receipt)}</div></details>
`;
}

const subjectText = ({ subject }: Receipt): string =>
  [subject.type, subject.id, subject.commit, subject.task, subject.engine, subject.dtype, subject.device]
    .filter((part) => part !== undefined)
    .join(", ");

const estimateText = ({ low, value, high }: Range): string =>
  `${threeDigits(value)} (${threeDigits(low)} … ${threeDigits(high)})`;

function workText({ work }: Receipt): Part {
  if (work === undefined) return quiet("not counted");
  const each = work.energy_per_unit_j;
  return `${wholeNumber(work.count)} × ${work.unit}${each === undefined ? "" : `, ${joulesText(each.value)} each (${joulesInterval(each)})`}`;
}

function carbonText({ carbon }: Receipt): Part {
  if (carbon === undefined) return quiet("unknown");
  const [low, value, high] = [carbon.emissions_g.low, carbon.emissions_g.value, carbon.emissions_g.high].map(
    (grams) => formatMass(gramsCO2e(grams)),
  );
  return html`${value ?? ""} (${low ?? ""} … ${high ?? ""}) ${quiet(`${threeDigits(carbon.intensity_g_per_kwh.value)} gCO2e/kWh, ${carbon.zone} (${carbon.zone_from}), ${numeral(carbon.year)}, ${carbon.source}, ${carbon.licence}`)}${bullets(carbon.notes)}`;
}

const pairs = (record: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} ${typeof value === "number" ? numeral(value) : String(value)}`)
    .join(", ");

function outcomeText({ outcome: { status, exit_code, signal, error_code } }: Receipt): string {
  const code = exit_code === undefined ? undefined : `exit code ${numeral(exit_code)}`;
  return [status, code, signal, error_code].filter((part) => part !== undefined).join(", ");
}

const partsTable = (parts: readonly EnergyPart[]): Markup =>
  parts.length === 0
    ? NOTHING
    : table({
        caption: html`Parts of the energy`,
        columns: ["Part", "Status", "Energy", "Method", "Source", "Boundary", "Coverage", "Notes"],
        look: "cards",
        rows: parts.map((part) => ({
          cells:
            part.status === "unavailable"
              ? [part.component, part.status, "", "", part.source, "", "", `${part.reason}. ${part.remedy}`]
              : [
                  part.component,
                  part.status,
                  joulesFigure(part.energy_j),
                  part.method,
                  part.source,
                  part.boundary,
                  `${threeDigits(100 * part.coverage)} %`,
                  part.notes.join("; "),
                ],
        })),
      });

const filesTable = ({ subject: { files = [] } }: Receipt): Markup =>
  files.length === 0
    ? NOTHING
    : table({
        caption: html`Files`,
        columns: ["File", "Size", "SHA-256"],
        look: "cards",
        rows: files.map((file) => ({
          cells: [file.path, sizeText(file.size_b), html`<code>${file.sha256}</code>`],
        })),
      });
