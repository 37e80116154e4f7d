/** CodeCarbon's emissions.csv as receipts, each with its whole row. Pure: the same row gives the same receipt. */
import { FrugalError } from "../../core/error.ts";
import { type Interval, sumCorrelated, within } from "../../core/interval.ts";
import type { Component } from "../../core/meter.ts";
import { BYTES_PER_GIB, JOULES_PER_KWH } from "../../core/quantity.ts";
import { twoLetterCode } from "../../energy/carbon/grid/country-codes.ts";
import { csvRecords } from "../../formats/csv.ts";
import { type CarbonRecord, type EnergyPart, RECEIPT_SCHEMA, type Receipt } from "../../receipt/receipt.ts";
import { sealReceipt } from "../../receipt/seal.ts";
import { ORIGINAL } from "./emissions-row.ts";

export interface ParsedEmissions {
  /** Without repeats. */
  readonly receipts: readonly Receipt[];
  readonly refused: readonly { readonly line: number; readonly why: string }[];
  /** Lines whose place looks like the one that CodeCarbon takes when it knows none. */
  readonly fallbackLines: readonly number[];
}

type Row = ReadonlyMap<string, string>;

const NEEDED = ["timestamp", "project_name", "duration", "emissions", "energy_consumed"];
/** CodeCarbon states no error. Our choice: most runs that were set beside a wall meter lie within this, not all (docs/codecarbon.md). */
const WIDTH = 0.5;
const FALLBACK_NOTE =
  "the place may be CodeCarbon's silent fallback (Quebec, Canada) for a location that it could not look up";

/** Throws "bad-data" when the first line is not that of an emissions file. */
export function parseEmissions(text: string, file: string): ParsedEmissions {
  const records = csvRecords(text);
  const { value: header } = records.next();
  const columns = header?.cells ?? [];
  const missing = NEEDED.filter((name) => !columns.includes(name));
  if (missing.length > 0) {
    throw new FrugalError({
      code: "bad-data",
      what: `${file} is no emissions file of CodeCarbon`,
      why: `its first line lacks ${missing.join(", ")}`,
      remedy: "give the emissions.csv that CodeCarbon wrote",
    });
  }
  const receipts = new Map<string, Receipt>();
  const refused: { line: number; why: string }[] = [];
  const fallbackLines: number[] = [];
  for (const { line, cells, open } of records) {
    const row: Row = new Map(columns.map((column, at) => [column, cells[at] ?? ""]));
    const why = open
      ? "a quote is never closed"
      : cells.length !== columns.length
        ? `it has ${cells.length} cells, the first line ${columns.length}${cells.length < columns.length ? "; CodeCarbon leaves out empty ones when it appends, and which is not told" : ""}`
        : misfit(row);
    if (why !== undefined) {
      refused.push({ line, why });
      continue;
    }
    const receipt = receiptOf(row);
    receipts.set(receipt.id, receipt);
    if (isFallback(row)) fallbackLines.push(line);
  }
  return { receipts: [...receipts.values()], refused, fallbackLines };
}

const numberIn = (row: Row, column: string): number | undefined => {
  const text = row.get(column)?.trim();
  return text === undefined || text === "" ? undefined : Number(text);
};

const FIGURES = [
  "duration",
  "energy_consumed",
  "emissions",
  "cpu_energy",
  "gpu_energy",
  "ram_energy",
  "pue",
  "cpu_count",
  "gpu_count",
  "ram_total_size",
];
/** In s 30,000 years, in kWh forty times the world's yearly electricity: what is beyond is damage, and no date. */
const MOST = 1e12;
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

function misfit(row: Row): string | undefined {
  const stamp = row.get("timestamp") ?? "";
  if (!STAMP.test(stamp) || Number.isNaN(Date.parse(utc(stamp))))
    return `its timestamp "${stamp}" is no time`;
  const bad = FIGURES.find((column) => {
    const value = numberIn(row, column);
    return value !== undefined && !(value >= 0 && value <= MOST);
  });
  if (bad !== undefined) return `its ${bad} "${row.get(bad)}" is no number from 0 to ${MOST}`;
  return numberIn(row, "duration") === undefined ? "its duration is empty" : undefined;
}

/** Stamps have no zone: read as UTC, the same row means the same on every machine. */
const utc = (stamp: string): string => (/(Z|[+-]\d\d:\d\d)$/.test(stamp) ? stamp : `${stamp}Z`);

/** As external/geography.py writes it: with a capital letter, and in small ones what was looked up. */
const isFallback = (row: Row): boolean =>
  row.get("country_iso_code") === "CAN" && row.get("region") === "Quebec";

function receiptOf(row: Row): Receipt {
  const text = (column: string): string | undefined => row.get(column)?.trim() || undefined;
  const durationS = numberIn(row, "duration")!;
  // Their energy columns hold the facility's factor, ours do not.
  const pue = Math.max(1, numberIn(row, "pue") ?? 1);
  const joules = (column: string): Interval | undefined => {
    const kwh = numberIn(row, column);
    return kwh === undefined ? undefined : within((kwh * JOULES_PER_KWH) / pue, WIDTH);
  };
  const parts = (["cpu", "gpu", "ram"] as const).flatMap((component) =>
    partOf(component, row, joules(`${component}_energy`)),
  );
  const counted = parts.flatMap((part) => (part.status === "unavailable" ? [] : [part.energy_j]));
  const total = joules("energy_consumed") ?? (counted.length > 0 ? sumCorrelated(counted) : undefined);
  const carbon = total && carbonOf(row, total, pue);
  const memory = numberIn(row, "ram_total_size");
  const started = Date.parse(utc(row.get("timestamp")!)) - durationS * 1_000;
  return sealReceipt({
    schema: RECEIPT_SCHEMA,
    kind: "import",
    subject: {
      type: "command",
      id: text("project_name") ?? "codecarbon",
      ...(text("task_name") && { task: text("task_name")! }),
    },
    parents: [],
    started_at: new Date(started).toISOString(),
    duration_s: durationS,
    energy: {
      parts,
      ...(total && { total_j: total }),
      boundary: boundaryOf(row),
      status: total === undefined ? "unavailable" : "modelled",
      shared: false,
      notes: [
        `imported from CodeCarbon, which states no error: ±${WIDTH * 100} % is assumed`,
        "its stamp has no time zone and is taken as UTC",
      ],
    },
    ...(carbon && { carbon }),
    hardware: {
      cpu_model: text("cpu_model") ?? "unknown",
      cpu_threads: numberIn(row, "cpu_count") || 0,
      memory_b: memory !== undefined && memory > 0 ? Math.round(memory * BYTES_PER_GIB) : 0,
      os: text("os") ?? "unknown",
      arch: "unknown",
    },
    software: {
      ...(text("codecarbon_version") && { codecarbon: text("codecarbon_version")! }),
      ...(text("python_version") && { python: text("python_version")! }),
    },
    settings: Object.fromEntries([...row].map(([column, cell]) => [`${ORIGINAL}${column}`, cell])),
    outcome: { status: "ok" },
  });
}

const boundaryOf = (row: Row): "machine" | "process-tree" =>
  row.get("tracking_mode") === "process" ? "process-tree" : "machine";

function partOf(component: Component, row: Row, energy: Interval | undefined): readonly EnergyPart[] {
  const source = `codecarbon ${row.get("codecarbon_version") ?? ""}`.trim();
  const gpus = numberIn(row, "gpu_count") ?? 0;
  if (component === "gpu" && !(gpus > 0) && !(energy && energy.value > 0)) return [];
  const lost = component === "gpu" && energy?.value === 0;
  if (energy === undefined || lost) {
    const reason = lost
      ? "it has 0 kWh for a GPU that is there: CodeCarbon could not read it"
      : "its cell is empty";
    return [{ component, status: "unavailable", source, reason, remedy: "measure again with frugal track" }];
  }
  return [
    {
      component,
      status: "modelled",
      boundary: boundaryOf(row),
      method: "modelled",
      source,
      energy_j: energy,
      coverage: 1,
      notes: ["the file does not tell whether a counter was read or a model used"],
    },
  ];
}

function carbonOf(row: Row, total: Interval, pue: number): CarbonRecord | undefined {
  const kilograms = numberIn(row, "emissions");
  const kwh = (total.value * pue) / JOULES_PER_KWH;
  if (kilograms === undefined || kwh === 0) return undefined;
  const facilityG = kilograms * 1_000;
  const country = row.get("country_iso_code") ?? "";
  const [provider, region] = [row.get("cloud_provider"), row.get("cloud_region")];
  return {
    emissions_g: within(facilityG / pue, WIDTH),
    intensity_g_per_kwh: within(facilityG / kwh, WIDTH),
    zone: twoLetterCode(country) ?? (country || "unknown"),
    zone_from: "import",
    year: Number(row.get("timestamp")!.slice(0, 4)),
    source: `codecarbon ${row.get("codecarbon_version") ?? ""}`.trim(),
    licence: "as CodeCarbon states",
    notes: isFallback(row) ? [FALLBACK_NOTE] : [],
    ...(provider && region && { cloud_region: `${provider}:${region}` }),
    ...(pue > 1 && {
      facility: {
        pue,
        source: "emissions.csv",
        energy_j: within(total.value * pue, WIDTH),
        emissions_g: within(facilityG, WIDTH),
      },
    }),
  };
}
