/** Readings of an open meter → metrics: counters since it was opened. */
import type { SpanEnergy } from "../../core/meter.ts";
import { VERSION } from "../../core/version.ts";
import { energyRecord } from "../../receipt/build-receipt.ts";
import type { EnergyPart, EnergyRecord } from "../../receipt/receipt.ts";
import { type Labels, type MetricFamily, type MetricSet, type Sample, summed } from "./metric-family.ts";

type AvailablePart = Exclude<EnergyPart, { status: "unavailable" }>;

/** @param span what the meter has counted since it was opened, as `OpenMeter.total()` gives it. */
export function liveMetrics(span: SpanEnergy): MetricSet {
  const energy = energyRecord(span);
  const startMs = Date.parse(span.startedAt);
  return {
    startMs,
    endMs: startMs + span.durationS * 1_000,
    families: [...totals(energy), ...components(energy), ...states(span, energy)],
  };
}

const single = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ labels: {}, value }];

function totals({ total_j, unattributed_j }: EnergyRecord): readonly MetricFamily[] {
  const joules = { unit: "J" } as const;
  return [
    {
      ...joules,
      kind: "counter",
      name: "frugal_energy_joules_total",
      otelName: "frugal.energy",
      help: "Energy since the meter was opened: the node where it is read, else the sum of the components.",
      samples: single(total_j?.value),
    },
    {
      ...joules,
      kind: "gauge",
      name: "frugal_energy_low_joules",
      otelName: "frugal.energy.low",
      help: "Lower end of the nominal 95 % interval of frugal_energy_joules_total.",
      samples: single(total_j?.low),
    },
    {
      ...joules,
      kind: "gauge",
      name: "frugal_energy_high_joules",
      otelName: "frugal.energy.high",
      help: "Upper end of the nominal 95 % interval of frugal_energy_joules_total.",
      samples: single(total_j?.high),
    },
    {
      ...joules,
      kind: "gauge",
      name: "frugal_energy_unattributed_joules",
      otelName: "frugal.energy.unattributed",
      help: "Energy of the node that no component accounts for; below zero where the components exceed it.",
      samples: single(unattributed_j?.value),
    },
  ];
}

function components({ parts }: EnergyRecord): readonly MetricFamily[] {
  const available = parts.flatMap((part) => (part.status === "unavailable" ? [] : [part]));
  const isNode = (part: AvailablePart): boolean => part.component === "node";
  return [
    {
      unit: "J",
      kind: "counter",
      name: "frugal_component_energy_joules_total",
      otelName: "frugal.component.energy",
      help: "Energy of the components. They are parts of frugal_energy_joules_total: do not add the two.",
      samples: summed(available.filter((part) => !isNode(part)).map(componentSample)),
    },
    {
      unit: "J",
      kind: "counter",
      name: "frugal_node_energy_joules_total",
      otelName: "frugal.node.energy",
      help: "Energy of the whole node, as a meter at its supply reads it.",
      samples: summed(available.filter(isNode).map(componentSample)),
    },
    {
      unit: "J",
      // Idle power is learnt while it is measured: a share may become smaller.
      kind: "gauge",
      name: "frugal_component_energy_split_joules",
      otelName: "frugal.component.energy.split",
      help: "Whose the energy of a component was: idle, this process tree, a container, others.",
      samples: summed(
        available.flatMap(({ component, source, split }) =>
          (split?.lines ?? []).map(({ owner, name, energy_j }) => ({
            labels: { component, source, owner, name },
            value: energy_j.value,
          })),
        ),
      ),
    },
    {
      unit: "1",
      kind: "gauge",
      name: "frugal_reading_coverage_ratio",
      otelName: "frugal.reading.coverage",
      help: "Part of the time since the meter was opened that samples covered.",
      samples: lowest(
        available.map(({ component, source, coverage }) => ({
          labels: { component, source },
          value: coverage,
        })),
      ),
    },
    {
      unit: "1",
      kind: "gauge",
      name: "frugal_reading_up",
      otelName: "frugal.reading.up",
      help: "1 where the energy is read or modelled; 0 where nobody can, and the energy is absent.",
      samples: lowest(
        parts.map(({ component, source, status }) => ({
          labels: { component, source },
          value: status === "unavailable" ? 0 : 1,
        })),
      ),
    },
  ];
}

/**
 * OpenTelemetry's hardware conventions (semantic conventions 1.44, docs/hardware: common.md, host.md) are of components and hosts as a
 * whole; the part of one process tree or container is none of theirs.
 */
const HARDWARE_TYPES: Readonly<Record<string, string>> = { cpu: "cpu", gpu: "gpu", ram: "memory" };

function componentSample({ component, source, boundary, method, energy_j }: AvailablePart): Sample {
  const sample = { labels: { component, source, boundary, method }, value: energy_j.value };
  if (boundary !== "machine") return sample;
  const attributes: Labels = { "hw.id": source, "frugal.method": method };
  if (component === "node") return { ...sample, conventional: { name: "hw.host.energy", attributes } };
  const typed = { ...attributes, "hw.type": HARDWARE_TYPES[component] ?? component };
  return { ...sample, conventional: { name: "hw.energy", attributes: typed } };
}

const states = ({ durationS, cpuS }: SpanEnergy, { status }: EnergyRecord): readonly MetricFamily[] => [
  {
    unit: "s",
    kind: "counter",
    name: "frugal_metered_seconds_total",
    otelName: "frugal.metered",
    help: "Time since the meter was opened.",
    samples: single(durationS),
  },
  {
    unit: "s",
    kind: "counter",
    name: "frugal_cpu_seconds_total",
    otelName: "frugal.cpu.time",
    help: "CPU time of the process tree since the meter was opened.",
    samples: single(cpuS),
  },
  {
    unit: "1",
    kind: "gauge",
    name: "frugal_meter_info",
    otelName: "frugal.meter.info",
    help: "The version of frugal, and the weakest method in the total.",
    samples: [{ labels: { version: VERSION, status }, value: 1 }],
  },
];

/** Of several with the same labels the worst. */
function lowest(samples: readonly Sample[]): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of samples) {
    const key = JSON.stringify(sample.labels);
    const before = found.get(key);
    if (before === undefined || sample.value < before.value) found.set(key, sample);
  }
  return [...found.values()];
}
