import type { ChoiceCandidate, ChoiceReport } from "../../score/choice-report.ts";
import { inShownOrder } from "../choice-answer.ts";
import { energyName, energyScale } from "../choice-energy.ts";
import { capital, counted, numeral } from "../number-words.ts";
import { floorWords, metricName } from "../quality-words.ts";
import {
  bar,
  durationText,
  energyFigure,
  joulesFigure,
  qualityFigure,
  quiet,
  sizeText,
  verdict,
} from "./figures.ts";
import { html, joined, linked, type Markup, NOTHING, type Part } from "./markup.ts";
import type { ReceiptLinks } from "./receipt-details.ts";
import { bullets, table } from "./table.ts";

export function candidateTable(report: ChoiceReport, receipts: ReceiptLinks): Markup {
  const shown = inShownOrder(report);
  const scale = energyScale(report);
  const most = Math.max(0, ...shown.map((one) => scale.of(one)?.value ?? 0));
  const name = energyName(report);
  return table({
    caption: html`${overSeeds(report)}In brackets: 95 % intervals. Floor: ${floorWords(report.floor, report.metric)} (${report.floor.source}).`,
    columns: [
      "Candidate",
      capital(metricName(report.metric)),
      `${capital(name)} per ${scale.unit}`,
      `Training: ${name}, time`,
      `Time per ${scale.unit}`,
      "Size",
      "Licence, source",
    ],
    look: "cards",
    rows: shown.map((one) => ({
      isPicked: one.id === report.picked,
      cells: [
        heading(one, one.id === report.picked, receipts),
        html`${qualityFigure(one.quality.median, report.metric)} ${verdict(one)} ${quiet(`${one.quality.method}, ${counted(one.quality.count, "test item")}`)}`,
        html`${energyFigure(report, one, scale)}${shown.length > 1 ? energyBar(scale.of(one)?.value, most) : NOTHING}`,
        training(one),
        one.duration_s === undefined ? quiet("unknown") : durationText(one.duration_s),
        one.size_b === undefined ? quiet("unknown") : sizeText(one.size_b),
        origin(one),
      ],
    })),
  });
}

const overSeeds = ({ metric, seeds }: ChoiceReport): string =>
  seeds.length > 1
    ? `${capital(metricName(metric))} is the median over ${counted(seeds.length, "seed")}. `
    : "";

const energyBar = (value: number | undefined, most: number): Markup =>
  value === undefined ? NOTHING : bar(value, most);

const heading = (one: ChoiceCandidate, isPicked: boolean, links: ReceiptLinks): Markup =>
  html`<span class="name">${one.label}</span>${isPicked ? html` <span class="tag">picked</span>` : NOTHING}
<span class="quiet">${one.description}</span>${bullets(one.notes)}
<span class="quiet">Receipts: ${links.list(one.receipts)}</span>`;

function training({ energy, train_s }: ChoiceCandidate): Part {
  if (energy.train_j === undefined && train_s === undefined) return quiet("not trained here");
  const known = energy.train_j === undefined ? quiet("energy unknown") : joulesFigure(energy.train_j);
  const status = energy.train_j !== undefined && energy.status === "modelled" ? "modelled," : "";
  const time = train_s === undefined ? "" : `in ${durationText(train_s)}`;
  return html`${known} ${quiet(`${status} ${time}`)}`;
}

function origin({ model }: ChoiceCandidate): Part {
  if (model === undefined) return quiet("no ready model");
  const parts = [
    model.licence ?? "licence unknown",
    ...(model.source === undefined ? [] : [linked(model.source)]),
  ];
  return html`${joined(parts, ", ")} ${quiet(model.id)}`;
}

/** Every seed by itself, so that a lucky one is seen; a single one is what the table of candidates shows. */
export function seedTable(report: ChoiceReport): Markup {
  const shown = inShownOrder(report);
  const seeds = [...new Set(shown.flatMap((one) => one.quality.per_seed.map(({ seed }) => seed)))];
  if (seeds.length < 2) return NOTHING;
  return html`<details><summary>${capital(metricName(report.metric))} of every seed</summary>
${table({
  caption: html`One run per seed; in brackets 95 % intervals.`,
  columns: ["Candidate", ...seeds.map((seed) => `Seed ${numeral(seed)}`)],
  look: "plain",
  rows: shown.map((one) => ({
    cells: [
      one.label,
      ...seeds.map((seed) => {
        const found = one.quality.per_seed.find((each) => each.seed === seed);
        return found === undefined ? quiet("not run") : qualityFigure(found.estimate, report.metric);
      }),
    ],
  })),
})}</details>
`;
}
