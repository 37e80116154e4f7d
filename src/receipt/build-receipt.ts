import { energyTotal } from "../core/energy-total.ts";
import { type Interval, scale } from "../core/interval.ts";
import type { Reading, SpanEnergy } from "../core/meter.ts";
import type { Machine } from "../core/ports.ts";
import { VERSION } from "../core/version.ts";
import { type CarbonIntensity, carbonRecord } from "./build-carbon.ts";
import { type EnergyPart, type EnergyRecord, RECEIPT_SCHEMA, type ReceiptBody } from "./receipt.ts";

export interface ReceiptFacts
  extends Pick<
    ReceiptBody,
    "kind" | "subject" | "hardware" | "software" | "outcome" | "quality" | "seeds" | "settings"
  > {
  readonly energy: SpanEnergy;
  readonly parents?: readonly string[];
  readonly carbon?: CarbonIntensity;
  readonly work?: { readonly unit: string; readonly count: number };
}

/** From facts to a receipt without its id. Absent facts are left out; energy nobody could read gives no total and no carbon. */
export function buildReceipt(facts: ReceiptFacts): ReceiptBody {
  const { kind, subject, hardware, software, outcome, quality, seeds, settings } = facts;
  const energy = energyRecord(facts.energy);
  const carbon =
    facts.carbon && energy.total_j
      ? carbonRecord(energy.total_j, facts.energy.durationS, facts.carbon)
      : undefined;
  return {
    schema: RECEIPT_SCHEMA,
    kind,
    subject,
    parents: facts.parents ?? [],
    started_at: facts.energy.startedAt,
    duration_s: facts.energy.durationS,
    energy,
    ...(carbon && { carbon }),
    ...(facts.work && { work: workRecord(facts.work, energy.total_j) }),
    ...(quality && { quality }),
    hardware,
    software,
    ...(seeds && { seeds }),
    ...(settings && { settings }),
    outcome,
  };
}

/** The parts as they were read, and their total by the rule of `energyTotal`. */
export function energyRecord(energy: SpanEnergy): EnergyRecord {
  const total = energyTotal(energy.readings);
  return {
    parts: energy.readings.map(partOf),
    ...(total.joules && { total_j: total.joules }),
    ...(total.unattributed && { unattributed_j: total.unattributed }),
    ...(total.own && { own_j: total.own }),
    ...(total.boundary && { boundary: total.boundary }),
    status: total.status,
    shared: energy.shared,
    ...(energy.cpuS !== undefined && { cpu_s: energy.cpuS }),
    ...(total.notes.length > 0 && { notes: total.notes }),
  };
}

function partOf(reading: Reading): EnergyPart {
  const { component, source } = reading;
  if (reading.kind === "unavailable") {
    return { component, status: "unavailable", source, reason: reading.reason, remedy: reading.remedy };
  }
  const { boundary, method, joules, coverage, notes, split } = reading;
  const status = method === "modelled" ? "modelled" : "measured";
  const lines = split?.lines.map(({ owner, name, joules: own }) => ({ owner, name, energy_j: own }));
  return {
    component, status, boundary, method, source, energy_j: joules, coverage, notes,
    ...(split && lines && { split: { lines, rule: split.rule } }),
  }; // biome-ignore format: one record
}

const workRecord = (
  work: NonNullable<ReceiptFacts["work"]>,
  total: Interval | undefined,
): NonNullable<ReceiptBody["work"]> => ({
  ...work,
  ...(total && work.count > 0 && { energy_per_unit_j: scale(total, 1 / work.count) }),
});

export const hardwareOf = (machine: Machine): ReceiptBody["hardware"] => ({
  cpu_model: machine.cpuModel,
  cpu_threads: machine.cpuThreads,
  memory_b: machine.memoryBytes,
  os: machine.os,
  arch: machine.arch,
});

/** @param engines versions of what did the work: `{"onnxruntime-node": "1.30.0"}`. */
export const softwareOf = (
  machine: Machine,
  engines: Readonly<Record<string, string>> = {},
): ReceiptBody["software"] => ({ ...engines, frugal: VERSION, node: machine.nodeVersion });
