/** Everything that a receipt holds, for a person. */
import { formatBytes, formatDuration, significant } from "../core/format-quantity.ts";
import { bytes, seconds } from "../core/quantity.ts";
import type { EnergyPart, Receipt } from "../receipt/receipt.ts";
import { carbonLines } from "./carbon-lines.ts";
import { wrap } from "./display-width.ts";
import { localMinute } from "./local-time.ts";
import { printable } from "./printable.ts";
import { energyText, type Line, noteLine, rangeText } from "./receipt-lines.ts";

/** Narrower columns would only cut words. */
const LEAST_TEXT = 20;

/** @param columns of the terminal: longer lines go on below themselves. */
export function receiptView(receipt: Receipt, columns: number): string {
  const lines = [
    ...head(receipt),
    ...energyLines(receipt),
    ...carbonLines(receipt.carbon),
    ...workLines(receipt),
    ...machineLines(receipt),
  ];
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines
    .flatMap(([label, text]) =>
      wrap(printable(text), Math.max(LEAST_TEXT, columns - width)).map(
        (part, index) => `${(index === 0 ? label : "").padEnd(width)}${part}`,
      ),
    )
    .join("\n");
}

function head({ id, kind, subject, started_at, duration_s, outcome, parents, schema }: Receipt): Line[] {
  const { type, id: name, files = [], ...details } = subject;
  const how = [
    outcome.exit_code === undefined ? [] : [`exit ${outcome.exit_code}`],
    outcome.signal ?? [],
    outcome.error_code ?? [],
  ].flat();
  return [
    ["receipt", id],
    ["schema", schema],
    ["kind", kind],
    ["subject", `${type} ${name}`],
    ...Object.entries(details).map(([key, value]): Line => [`  ${key}`, value]),
    ...files.map(
      (file): Line => ["  file", `${file.path}, ${formatBytes(bytes(file.size_b))}, sha256 ${file.sha256}`],
    ),
    ["started", `${localMinute(started_at)} local time, ${started_at}`],
    ["took", formatDuration(seconds(duration_s))],
    ["outcome", how.length === 0 ? outcome.status : `${outcome.status} (${how.join(", ")})`],
    ...parents.map((parent): Line => ["builds on", parent]),
  ];
}

function energyLines({ energy }: Receipt): Line[] {
  const { total_j, status, shared, cpu_s, parts } = energy;
  return [
    ["energy", total_j === undefined ? "unavailable" : `${energyText(total_j)}, ${status}`],
    ...(shared ? [["", "shared with other work that ran at the same time"] satisfies Line] : []),
    ...parts.flatMap(partLines),
    ...(cpu_s === undefined ? [] : [["  CPU time", formatDuration(seconds(cpu_s))] satisfies Line]),
  ];
}

function partLines(part: EnergyPart): Line[] {
  const label = `  ${part.component}`;
  if (part.status === "unavailable") {
    return [
      [label, `unavailable from ${part.source}: ${part.reason}`],
      ["", `what would help: ${part.remedy}`],
    ];
  }
  const { energy_j, status, method, boundary, source, coverage, notes } = part;
  const how = method === status ? status : `${status} (${method})`;
  return [
    [label, `${energyText(energy_j)}, ${how}, of the ${boundary}`],
    ["", `from ${source}; samples cover ${significant(100 * coverage)} % of the time`],
    ...notes.map(noteLine),
  ];
}

function workLines({ work, quality = [] }: Receipt): Line[] {
  const each = work?.energy_per_unit_j;
  return [
    ...(work === undefined
      ? []
      : [["work", `${work.count} × ${work.unit}${each ? `, each ${energyText(each)}` : ""}`] satisfies Line]),
    ...quality.map(
      ({ metric, estimate, count, method }): Line => [
        printable(metric),
        `${rangeText(estimate, significant)}, from ${count}, by ${method}`,
      ],
    ),
  ];
}

function machineLines({ hardware, software, seeds = {}, settings = {} }: Receipt): Line[] {
  const { cpu_model, cpu_threads, memory_b, os, arch } = hardware;
  const list = (values: Readonly<Record<string, unknown>>, label: string): Line[] =>
    Object.entries(values).map(([name, value]) => [label, `${name} ${value}`]);
  return [
    [
      "machine",
      `${cpu_model}, ${cpu_threads} threads, ${formatBytes(bytes(memory_b))} memory, ${os} ${arch}`,
    ],
    ...list(software, "software"),
    ...list(seeds, "seed"),
    ...list(settings, "setting"),
  ];
}
