/** What energy and carbon mean here: how they came about, what may be compared, and where the factors are from. */
import { formatMass } from "../../core/format-quantity.ts";
import { product, scale } from "../../core/interval.ts";
import { gramsCO2e, JOULES_PER_KWH } from "../../core/quantity.ts";
import type { ChoiceReport } from "../../score/choice-report.ts";
import { inShownOrder } from "../choice-answer.ts";
import { energyPerUnit, isModelled, referenceLabel } from "../choice-energy.ts";
import { numeral, threeDigits, wholeNumber } from "../number-words.ts";
import { html, type Markup, NOTHING, type Part } from "./markup.ts";
import { facts } from "./table.ts";

export function energySection(report: ChoiceReport): Markup {
  const { candidates } = report;
  const sources = [...new Set(candidates.flatMap((one) => one.energy.sources))];
  const repeats = [...new Set(candidates.map((one) => one.energy.repeats))].map((count) =>
    wholeNumber(count),
  );
  const methods = [...new Set(candidates.flatMap((one) => one.relative_energy?.method ?? []))];
  return html`<section class="panel"><h3>What energy means here</h3>
${explanation(report).map((text) => html`<p>${text}</p>`)}
${facts([
  sources.length > 0
    ? [isModelled(report) ? "Models and sensors" : "Sensors", sources.join("; ")]
    : undefined,
  repeats.length > 0 ? ["Repeats behind each figure", repeats.join(", ")] : undefined,
  methods.length > 0 ? ["Interval of a ratio", methods.join("; ")] : undefined,
])}</section>
`;
}

function explanation(report: ChoiceReport): readonly Part[] {
  const statuses = new Set(report.candidates.map((one) => one.energy.status));
  const reference = referenceLabel(report);
  const texts: Part[] = [];
  if (statuses.has("modelled")) {
    texts.push(
      html`Energy is <strong>modelled</strong>, at least in part: computed from what was measured, such as processor time × watts. Such a figure can be wrong by a factor, but all candidates on one machine share that error.`,
      reference === undefined
        ? html`It is therefore called <strong>relative energy</strong>. Nothing was paired here, so take it as an order of magnitude.`
        : html`So they are compared by <strong>relative energy</strong>: ratios of paired repeats, with ${reference} as 1, in which the shared error cancels. Trust the ratios; take watt-hours as an order of magnitude.`,
    );
  }
  if (statuses.has("measured")) {
    texts.push(
      html`${statuses.has("modelled") ? "Some energy" : "Energy"} is <strong>measured</strong> by sensors of this machine.`,
    );
  }
  if (statuses.has("unavailable")) {
    const names = report.candidates
      .filter((one) => one.energy.status === "unavailable")
      .map((one) => one.label);
    texts.push(
      html`Energy is <strong>unavailable</strong> for ${names.join(", ")}: no sensor and no model could tell. It is not counted as 0.`,
    );
  }
  return texts;
}

export function carbonSection(report: ChoiceReport): Markup {
  const { carbon } = report;
  if (carbon === undefined) {
    return html`<section class="panel"><h3>Carbon</h3><p>Unknown: no grid intensity was at hand.</p></section>
`;
  }
  const { low, value, high } = carbon.intensity_g_per_kwh;
  const emitted = inShownOrder(report).flatMap((one) => {
    const energy = energyPerUnit(one);
    if (energy === undefined) return [];
    const mass = product(scale(energy, 1 / JOULES_PER_KWH), carbon.intensity_g_per_kwh);
    const [least, about, most] = [mass.low, mass.value, mass.high].map((grams) =>
      formatMass(gramsCO2e(grams)),
    );
    const text = `${about} (${least} … ${most}) per ${one.energy.unit}`;
    return [[one.label, one.energy.status === "modelled" ? `${text}, from modelled energy` : text] as const];
  });
  return html`<section class="panel"><h3>Carbon</h3>
<p>Energy × yearly mean intensity of the grid.${carbon.zone_from === "default" ? " Where this machine stands is unknown, so the world’s mean is used, with a wide interval." : NOTHING}</p>
${facts([
  ...emitted,
  [
    "Grid",
    `${carbon.zone}${carbon.zone_from === "default" ? "" : ` (from: ${carbon.zone_from})`}, ${numeral(carbon.year)}`,
  ],
  ["Intensity", `${threeDigits(value)} gCO2e/kWh (${threeDigits(low)} … ${threeDigits(high)})`],
  ["Source", carbon.source],
  ["Licence", carbon.licence ?? "unknown"],
])}</section>
`;
}
