/** Receipts as CSV: one row each. docs/ledger.md explains the columns; new ones are only ever added at the end. */
import type { EnergyPart, Receipt } from "../receipt/receipt.ts";

type Cell = string | number | boolean | undefined;

/** Component energies add the parts that could be read; empty means that nobody could. */
const componentEnergy = (parts: readonly EnergyPart[], component: string): number | undefined => {
  const found = parts.flatMap((part) =>
    part.component === component && part.status !== "unavailable" ? [part.energy_j.value] : [],
  );
  return found.length === 0 ? undefined : found.reduce((sum, each) => sum + each, 0);
};

type Part = { readonly status: "available" } | { readonly status: "unavailable" };

const available = <T extends Part>(part: T | undefined): Extract<T, { status: "available" }> | undefined =>
  part?.status === "available" ? (part as Extract<T, { status: "available" }>) : undefined;

/** Units stand in the names: s, j (joule), g (gram CO2e), l (litre), b (byte). */
export const CSV_COLUMNS: Readonly<Record<string, (receipt: Receipt) => Cell>> = {
  id: ({ id }) => id,
  kind: ({ kind }) => kind,
  started_at: ({ started_at }) => started_at,
  duration_s: ({ duration_s }) => duration_s,
  outcome: ({ outcome }) => outcome.status,
  exit_code: ({ outcome }) => outcome.exit_code,
  signal: ({ outcome }) => outcome.signal,
  error_code: ({ outcome }) => outcome.error_code,
  subject_type: ({ subject }) => subject.type,
  subject_id: ({ subject }) => subject.id,
  subject_commit: ({ subject }) => subject.commit,
  task: ({ subject }) => subject.task,
  engine: ({ subject }) => subject.engine,
  dtype: ({ subject }) => subject.dtype,
  device: ({ subject }) => subject.device,
  energy_j: ({ energy }) => energy.total_j?.value,
  energy_low_j: ({ energy }) => energy.total_j?.low,
  energy_high_j: ({ energy }) => energy.total_j?.high,
  energy_status: ({ energy }) => energy.status,
  energy_shared: ({ energy }) => energy.shared,
  energy_cpu_j: ({ energy }) => componentEnergy(energy.parts, "cpu"),
  energy_ram_j: ({ energy }) => componentEnergy(energy.parts, "ram"),
  energy_gpu_j: ({ energy }) => componentEnergy(energy.parts, "gpu"),
  energy_node_j: ({ energy }) => componentEnergy(energy.parts, "node"),
  cpu_time_s: ({ energy }) => energy.cpu_s,
  emissions_g: ({ carbon }) => carbon?.emissions_g.value,
  emissions_low_g: ({ carbon }) => carbon?.emissions_g.low,
  emissions_high_g: ({ carbon }) => carbon?.emissions_g.high,
  intensity_g_per_kwh: ({ carbon }) => carbon?.intensity_g_per_kwh.value,
  zone: ({ carbon }) => carbon?.zone,
  zone_from: ({ carbon }) => carbon?.zone_from,
  intensity_year: ({ carbon }) => carbon?.year,
  work_unit: ({ work }) => work?.unit,
  work_count: ({ work }) => work?.count,
  energy_per_unit_j: ({ work }) => work?.energy_per_unit_j?.value,
  cpu_model: ({ hardware }) => hardware.cpu_model,
  cpu_threads: ({ hardware }) => hardware.cpu_threads,
  memory_b: ({ hardware }) => hardware.memory_b,
  os: ({ hardware }) => hardware.os,
  arch: ({ hardware }) => hardware.arch,
  frugal_version: ({ software }) => software["frugal"],
  parents: ({ parents }) => parents.join(" "),
  cloud_region: ({ carbon }) => carbon?.cloud_region,
  intensity_resolution: ({ carbon }) => carbon?.resolution,
  market_emissions_g: ({ carbon }) => available(carbon?.market)?.emissions_g.value,
  market_intensity_g_per_kwh: ({ carbon }) => available(carbon?.market)?.intensity_g_per_kwh.value,
  pue: ({ carbon }) => carbon?.facility?.pue,
  facility_energy_j: ({ carbon }) => carbon?.facility?.energy_j.value,
  facility_emissions_g: ({ carbon }) => carbon?.facility?.emissions_g.value,
  water_l: ({ carbon }) => carbon?.water?.water_l.value,
  embodied_emissions_g: ({ carbon }) => available(carbon?.embodied)?.emissions_g.value,
};

export const csvHeader = (): string => `${Object.keys(CSV_COLUMNS).join(",")}\n`;

export const csvRow = (receipt: Receipt): string =>
  `${Object.values(CSV_COLUMNS)
    .map((column) => cellText(column(receipt)))
    .join(",")}\n`;

/**
 * A spreadsheet takes a text that begins like a formula for one, and runs it: an apostrophe in front keeps it text (OWASP,
 * "CSV Injection"; the full-width forms are those that some spreadsheets fold). Numbers are ours and stay numbers.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

/** Quoting as in RFC 4180, section 2. */
export function cellText(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
