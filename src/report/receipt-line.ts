import { formatDuration, formatEnergy, formatMass } from "../core/format-quantity.ts";
import { gramsCO2e, joules, seconds } from "../core/quantity.ts";
import type { CarbonRecord, Range, Receipt } from "../receipt/receipt.ts";

export const SHORT_ID = 12;

/**
 * A receipt in two lines for a terminal: energy with interval and provenance, then carbon and where the rest is.
 * `energy 12.3 mWh (6.1 … 24.6) modelled · 4.2 s` / `carbon 5.8 mgCO2e (world mean, 2024) · receipt 3fa2…`
 */
export function receiptLine(receipt: Receipt): string {
  const { energy, work } = receipt;
  const first = [`energy ${energyText(energy.total_j)}`];
  if (energy.total_j !== undefined) first[0] += ` ${energy.status}`;
  if (work?.energy_per_unit_j !== undefined) {
    first.push(`${formatEnergy(joules(work.energy_per_unit_j.value))} per ${work.unit}`);
  }
  first.push(formatDuration(seconds(receipt.duration_s)));
  // A counter that is denied while a model covers its component is no hole.
  const covered = new Set(
    energy.parts.flatMap((part) => (part.status === "unavailable" ? [] : [part.component])),
  );
  const missing = energy.parts.filter((part) => !covered.has(part.component));
  const second = [
    carbonText(receipt.carbon),
    `receipt ${receipt.id.slice(0, SHORT_ID)}`,
    ...missing.map((part) => `${part.component} not measured`),
  ];
  return `${first.join(" · ")}\n${second.join(" · ")}`;
}

const energyText = (total: Range | undefined): string =>
  total === undefined
    ? "unavailable"
    : `${formatEnergy(joules(total.value))} (${formatEnergy(joules(total.low))} … ${formatEnergy(joules(total.high))})`;

function carbonText(carbon: CarbonRecord | undefined): string {
  if (carbon === undefined) return "carbon unknown";
  const place = carbon.zone_from === "default" ? "location unknown: world mean" : `zone ${carbon.zone}`;
  return `carbon ${formatMass(gramsCO2e(carbon.emissions_g.value))} (${place}, ${carbon.year})`;
}
