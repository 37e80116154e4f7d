import { formatDuration, formatEnergy, formatMass } from "../core/format-quantity.ts";
import { gramsCO2e, joules, seconds } from "../core/quantity.ts";
import type { CarbonRecord, EnergyPart, EnergyRecord, Range, Receipt } from "../receipt/receipt.ts";

export const SHORT_ID = 12;

/**
 * A receipt in two lines for a terminal: energy with interval and provenance, then carbon and where the rest is.
 * `energy 12.3 mWh (6.1 … 24.6) modelled · 4.2 s` / `carbon 5.8 mgCO2e (world mean, 2024) · receipt 3fa2…`
 */
export function receiptLine(receipt: Receipt): string {
  const { energy, work } = receipt;
  const first = [`energy ${energyText(energy.total_j)}`];
  if (energy.total_j !== undefined) first[0] += ` ${energy.status}${coversText(energy)}`;
  if (work?.energy_per_unit_j !== undefined) {
    first.push(`${formatEnergy(joules(work.energy_per_unit_j.value))} per ${work.unit}`);
  }
  first.push(formatDuration(seconds(receipt.duration_s)));
  const second = [
    carbonText(receipt.carbon),
    `receipt ${receipt.id.slice(0, SHORT_ID)}`,
    ...holes(energy.parts),
    ...(energy.notes ?? []),
  ];
  return `${first.join(" · ")}\n${second.join(" · ")}`;
}

/** What the total lacks. A model covers its whole component; a counter beside a missing one covers a part of it. */
function holes(parts: readonly EnergyPart[]): readonly string[] {
  const statuses = (component: string): readonly string[] =>
    parts.filter((part) => part.component === component).map((part) => part.status);
  const lacking = new Set(
    parts.filter((part) => part.status === "unavailable").map((part) => part.component),
  );
  return [...lacking].flatMap((component) => {
    const found = statuses(component);
    if (found.includes("modelled")) return [];
    return [found.includes("measured") ? `part of ${component} not measured` : `${component} not measured`];
  });
}

const energyText = (total: Range | undefined): string =>
  total === undefined
    ? "unavailable"
    : `${formatEnergy(joules(total.value))} (${formatEnergy(joules(total.low))} … ${formatEnergy(joules(total.high))})`;

/** A total wider than the run says so, and how much of it was the run's own. */
function coversText({ boundary, own_j }: EnergyRecord): string {
  if (boundary === undefined || boundary === "process-tree") return "";
  const whole = boundary === "mixed" ? ", partly whole machine" : `, whole ${boundary}`;
  return own_j === undefined ? whole : `${whole}, ${formatEnergy(joules(own_j.value))} its own`;
}

function carbonText(carbon: CarbonRecord | undefined): string {
  if (carbon === undefined) return "carbon unknown";
  const place = carbon.zone_from === "default" ? "location unknown: world mean" : `zone ${carbon.zone}`;
  return `carbon ${formatMass(gramsCO2e(carbon.emissions_g.value))} (${place}, ${carbon.year})`;
}
