import type { ChoiceReport } from "../../score/choice-report.ts";
import { pickedOf } from "../choice-answer.ts";
import { energyName, energyScale } from "../choice-energy.ts";
import { choicePlot, MANY_POINTS } from "../choice-plot.ts";
import { isDrawable } from "../plot-points.ts";
import { floorWords } from "../quality-words.ts";
import { html, type Markup, NOTHING, trusted } from "./markup.ts";

const WIDE = { width: 720, height: 400 };
const NARROW = { width: 320, height: 330 };

/** Two drawings, of which the page's width shows one: scaled down, the text of the wide one could not be read on a phone. */
export function plotFigure(report: ChoiceReport, job: string): Markup {
  const scale = energyScale(report);
  const wide = choicePlot(report, { ...WIDE, id: `${job}-wide` });
  const narrow = choicePlot(report, { ...NARROW, id: `${job}-narrow` });
  const missing = report.candidates.filter((one) => !isDrawable(one, scale.of(one)));
  if (wide === undefined || narrow === undefined) {
    return html`<p>There is no plot, because no candidate has both quality and energy.</p>
`;
  }
  const absent =
    missing.length > 0
      ? html` Not drawn, because a figure is missing: ${missing.map((one) => one.label).join(", ")}.`
      : NOTHING;
  const unnamed =
    report.candidates.length - missing.length > MANY_POINTS
      ? " A point without a name had no room for it; the table has them all."
      : "";
  return html`<figure>
<div class="drawing wide">${trusted(wide)}</div>
<div class="drawing narrow">${trusted(narrow)}</div>
<figcaption>
<p>Up and to the left is better: higher quality, less ${energyName(report)}.${scale.reference === undefined ? NOTHING : html` 1 × is ${scale.reference}.`} Bars are 95 % intervals.${absent}${unnamed}</p>
<ul class="key">
${pickedOf(report) ? key("picked", "picked") : NOTHING}
${report.candidates.some((one) => one.floor !== "misses" && one.id !== report.picked) ? key("other", "other candidates") : NOTHING}
${report.candidates.some((one) => one.floor === "misses") ? key("misses", "misses the floor") : NOTHING}
${key("floor", `the floor, ${floorWords(report.floor, report.metric)}; below it the job is not done`)}
</ul>
</figcaption>
</figure>
`;
}

const SIGNS: Readonly<Record<string, string>> = {
  picked: `<circle cx="12" cy="12" r="10"/><circle class="full" cx="12" cy="12" r="6"/>`,
  other: `<circle cx="12" cy="12" r="5.5"/>`,
  misses: `<path d="M7 7l10 10M17 7L7 17"/>`,
  floor: `<path stroke-dasharray="6 4" d="M1 12h22"/>`,
};

const key = (sign: string, words: string): Markup =>
  html`<li><svg class="sign ${sign}" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">${trusted(SIGNS[sign] ?? "")}</svg> ${words}</li>`;
