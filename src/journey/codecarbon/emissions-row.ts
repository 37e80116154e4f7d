/** A receipt as a row of CodeCarbon's emissions.csv. What the receipt does not know stays out of the row. */
import { BYTES_PER_GIB, JOULES_PER_KWH } from "../../core/quantity.ts";
import { threeLetterCode } from "../../energy/carbon/grid/country-codes.ts";
import type { SpanSummary } from "../../energy/span-summaries.ts";
import {
  EMISSIONS_COLUMNS,
  type EmissionsColumn,
  type EmissionsRow,
} from "../../formats/emissions-columns.ts";
import { energyRecord } from "../../receipt/build-receipt.ts";
import type { CarbonRecord, EnergyPart, EnergyRecord, Receipt } from "../../receipt/receipt.ts";

/** `machine`: all that was read; `process`: the share of the process tree, where it can be told. */
export type TrackingMode = "machine" | "process";

export interface RowFacts {
  readonly projectName?: string;
  readonly experimentId?: string;
  readonly tracking?: TrackingMode;
}

/** Keys in a receipt's settings of what an imported row held; see parse-emissions.ts. */
export const ORIGINAL = "emissions_csv.";

export function emissionsRow(receipt: Receipt, facts: RowFacts = {}): EmissionsRow {
  const original = originalRow(receipt);
  if (original !== undefined) return original;
  return {
    ...figures(receipt, receipt, facts),
    experiment_id: facts.experimentId,
    ...factors(receipt.carbon),
  } as EmissionsRow;
}

/** One row of the task file for each span. */
export const taskRow = (receipt: Receipt, span: SpanSummary, facts: RowFacts = {}): EmissionsRow =>
  ({
    task_name: span.path.join(" / "),
    ...figures(
      receipt,
      { started_at: span.startedAt, duration_s: span.durationS, energy: energyRecord(span) },
      facts,
    ),
  }) as EmissionsRow;

/** A UUID of version 8 (RFC 9562, 5.8) whose first twelve digits begin the receipt's id: `frugal log show` takes them. */
export function runIdOf({ id }: Receipt): string {
  const digits = `${id.slice(0, 12)}8${id.slice(13, 16)}8${id.slice(17, 32)}`;
  return [0, 8, 12, 16, 20].map((from, at, all) => digits.slice(from, all[at + 1] ?? 32)).join("-");
}

function originalRow({ settings }: Receipt): EmissionsRow | undefined {
  if (settings?.[`${ORIGINAL}timestamp`] === undefined) return undefined;
  return Object.fromEntries(
    EMISSIONS_COLUMNS.flatMap((column) => {
      const cell = settings[`${ORIGINAL}${column}`];
      return cell === undefined ? [] : [[column, String(cell)]];
    }),
  );
}

type Span = Pick<Receipt, "started_at" | "duration_s" | "energy">;
type Cells = Readonly<Partial<Record<EmissionsColumn, string | number | undefined>>>;

function figures(receipt: Receipt, span: Span, { projectName, tracking = "machine" }: RowFacts): Cells {
  const { carbon, hardware, software } = receipt;
  const { energy, duration_s } = span;
  const pue = carbon?.facility?.pue ?? 1;
  const own = tracking === "process";
  const cpu = componentJoules(energy.parts, "cpu", own);
  const gpu = componentJoules(energy.parts, "gpu", own) ?? gpuAbsent(energy.parts);
  const ram = componentJoules(energy.parts, "ram", own);
  const total = own ? ownJoules(energy) : energy.total_j?.value;
  const watts = (joules: number | undefined) => ratio(joules, duration_s);
  // CodeCarbon multiplies energy, and not power, with the facility's factor.
  const kwh = (joules: number | undefined) => ratio(joules, JOULES_PER_KWH / pue);
  const intensity = carbon?.intensity_g_per_kwh.value;
  const kilograms =
    total === undefined || intensity === undefined ? undefined : (kwh(total)! * intensity) / 1_000;
  const [provider, region] = carbon?.cloud_region?.split(":") ?? [];
  return {
    timestamp: localSecond(Date.parse(span.started_at) + duration_s * 1_000),
    project_name: projectName ?? receipt.subject.id,
    run_id: runIdOf(receipt),
    duration: duration_s,
    emissions: kilograms,
    emissions_rate: ratio(kilograms, duration_s),
    cpu_power: watts(cpu),
    gpu_power: watts(gpu),
    ram_power: watts(ram),
    cpu_energy: kwh(cpu),
    gpu_energy: kwh(gpu),
    ram_energy: kwh(ram),
    energy_consumed: kwh(total),
    water_consumed:
      carbon?.water && total !== undefined
        ? (total / JOULES_PER_KWH) * carbon.water.wue_l_per_kwh
        : undefined,
    ...placeOf(carbon),
    cloud_provider: provider,
    cloud_region: region,
    os: `${hardware.os}-${hardware.arch}`,
    codecarbon_version: `frugal ${software["frugal"] ?? ""}`.trim(),
    cpu_count: hardware.cpu_threads,
    cpu_model: hardware.cpu_model,
    gpu_count: gpuAbsent(energy.parts),
    ram_total_size: hardware.memory_b / BYTES_PER_GIB,
    tracking_mode: own || energy.boundary === "process-tree" ? "process" : "machine",
    on_cloud: provider === undefined ? "N" : "Y",
  };
}

const factors = (carbon: CarbonRecord | undefined): Cells => ({
  pue: carbon?.facility?.pue ?? 1,
  wue: carbon?.water?.wue_l_per_kwh,
});

const ratio = (value: number | undefined, by: number): number | undefined =>
  value === undefined || !(by > 0) ? undefined : value / by;

/** Undefined where no part of the component could be read, or its owner not told. */
function componentJoules(parts: readonly EnergyPart[], component: string, own: boolean): number | undefined {
  const found = parts.flatMap((part) =>
    part.component === component && part.status !== "unavailable"
      ? [own ? ownOf(part) : part.energy_j.value]
      : [],
  );
  const known = found.filter((each) => each !== undefined);
  return known.length === 0 || known.length < found.length
    ? undefined
    : known.reduce((sum, each) => sum + each, 0);
}

function ownOf(part: Extract<EnergyPart, { energy_j: unknown }>): number | undefined {
  if (part.boundary === "process-tree") return part.energy_j.value;
  return part.split?.lines.find(({ owner }) => owner === "process-tree")?.energy_j.value;
}

const ownJoules = (energy: EnergyRecord): number | undefined =>
  energy.own_j?.value ?? (energy.boundary === "process-tree" ? energy.total_j?.value : undefined);

/** Zero GPUs is a fact where no reading, not even an unavailable one, names one. */
const gpuAbsent = (parts: readonly EnergyPart[]): 0 | undefined =>
  parts.some(({ component }) => component === "gpu") ? undefined : 0;

const COUNTRY_NAMES = new Intl.DisplayNames(["en"], { type: "region" });

/** Zones begin with the country's two letters; a zone within a country goes to `region`. */
function placeOf(carbon: CarbonRecord | undefined): Cells {
  if (carbon === undefined || carbon.zone_from === "default") return {};
  const [country = ""] = carbon.zone.split("-");
  const threeLetters = threeLetterCode(country);
  if (threeLetters === undefined) return { region: carbon.zone };
  return {
    country_name: COUNTRY_NAMES.of(country),
    country_iso_code: threeLetters,
    region: carbon.zone === country ? undefined : carbon.zone,
  };
}

/** CodeCarbon's stamps are local time without a zone. */
function localSecond(ms: number): string {
  const time = new Date(ms);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
