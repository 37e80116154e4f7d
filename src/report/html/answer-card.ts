/** The answer first: question, what was picked, why, and the candidates side by side. */
import type { ChoiceReport } from "../../score/choice-report.ts";
import { answerOf, doubtOf, inShownOrder, needsNoModel, pickedOf, SLOGAN } from "../choice-answer.ts";
import { energyName, energyScale, isModelled } from "../choice-energy.ts";
import { floorSign, metricName, qualityText } from "../quality-words.ts";
import { bar, verdict } from "./figures.ts";
import { html, type Markup, NOTHING } from "./markup.ts";

/** More would make the answer a table; the table of candidates has all. */
const MOST_ROWS = 5;

/** @param job the id of the section with the evidence. */
export function answerCard(report: ChoiceReport, job: string): Markup {
  const doubt = doubtOf(report);
  const hasAnswer = pickedOf(report) !== undefined;
  return html`<section class="card answer" aria-labelledby="${job}-question">
<p class="eyebrow">${report.title}</p>
<h2 id="${job}-question">${report.question}</h2>
<p class="pick ${hasAnswer ? "some" : "none"}"><span aria-hidden="true">${hasAnswer ? "✓" : "✗"}</span> ${answerOf(report)}</p>
<p class="why">${report.why}</p>
${doubt === undefined ? NOTHING : html`<p class="doubt"><span aria-hidden="true">≈</span> ${doubt.replaceAll(" %", "\u00a0%")}</p>`}
${needsNoModel(report) ? html`<p class="slogan">${SLOGAN}</p>` : NOTHING}
${glance(report)}
<p class="more"><a href="#${job}">See the evidence<span class="unseen"> for ${report.title}</span></a></p>
</section>
`;
}

function glance(report: ChoiceReport): Markup {
  const all = inShownOrder(report);
  if (all.length === 0) return NOTHING;
  const scale = energyScale(report);
  const shown = all.slice(0, MOST_ROWS);
  const most = Math.max(0, ...shown.map((one) => scale.of(one)?.value ?? 0));
  const rows = shown.map((one) => {
    const energy = scale.of(one)?.value;
    const isPicked = one.id === report.picked;
    return html`<tr${isPicked ? html` class="picked"` : NOTHING}><th scope="row">${one.label}</th>
<td><span class="value">${qualityText(one.quality.median.value, report.metric)}</span> ${verdict(one)}</td>
<td>${energy === undefined ? "unavailable" : html`<span class="value">${scale.text(energy)}</span>${all.length > 1 ? bar(energy, most) : NOTHING}`}</td></tr>
`;
  });
  const left = all.length - shown.length;
  return html`<table class="glance"><caption class="unseen">The candidates at a glance: ${report.title}</caption>
<thead><tr><th scope="col"><span class="unseen">Candidate</span></th><th scope="col">${metricName(report.metric)}<small>needed: <span class="whole">${floorSign(report.floor, report.metric)}</span></small></th><th scope="col">${energyName(report)}<small>per ${scale.unit}</small>${isModelled(report) ? html`<small>modelled</small>` : NOTHING}</th></tr></thead>
<tbody>
${rows}</tbody></table>${left > 0 ? html`<p class="quiet">and ${String(left)} more below</p>` : NOTHING}`;
}
