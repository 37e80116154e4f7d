/** What `frugal monitor` shows of an interval: lines for a terminal, or one line for a log. */
import { formatDuration, formatEnergy, formatMass, formatPower } from "../core/format-quantity.ts";
import { gramsCO2e, joules, seconds, watts } from "../core/quantity.ts";
import type { Range } from "../receipt/receipt.ts";
import { blockChart } from "./block-chart.ts";
import { clip, pad, wrap } from "./display-width.ts";
import type { PowerPart, PowerSample } from "./power-sample.ts";
import { printable } from "./printable.ts";
import { energyText, massText, rangeText } from "./receipt-lines.ts";

export interface ViewLine {
  readonly text: string;
  readonly style: "plain" | "strong" | "quiet";
}

export interface ViewFacts {
  readonly intervalS: number;
  /** Mean watts of the last intervals, oldest first; undefined where nothing was read. */
  readonly history: readonly (number | undefined)[];
  /** Longer lines are cut, or go on below. */
  readonly columns: number;
  /** The last of the notes are left out where there is no room. */
  readonly rows: number;
}

type ReadPart = Exclude<PowerPart, { status: "unavailable" }>;

const LABEL = 10;
/** `1.23 kW (1.01 kW … 1.45 kW)`. */
const FIGURE = 28;
/** Narrower than this, a source would be cut to nothing: figures stand without it. */
const LEAST_SOURCE = 12;
const MOST_HISTORY = 60;
/** A screen of notes helps nobody: the receipt has them all. */
const MOST_NOTES = 6;

export function monitorView(sample: PowerSample, facts: ViewFacts): readonly ViewLine[] {
  const { columns } = facts;
  const { so_far, power_w, unattributed_w, parts, status } = sample;
  const row = (label: string, figure: string, source: string): string => {
    const start = `${pad(label, LABEL)}${figure}`;
    if (columns < LABEL + FIGURE + LEAST_SOURCE || source === "") return clip(start, columns);
    return clip(`${pad(start, LABEL + FIGURE)}  ${printable(source)}`, columns);
  };
  const plain = (text: string): ViewLine => ({ text, style: "plain" });
  const { carbon } = so_far;
  const counted = countedNode(sample);
  const lines: ViewLine[] = [
    {
      text: clip(
        `frugal monitor  ${elapsed(sample)}  every ${formatDuration(seconds(facts.intervalS))}  Ctrl+C ends it`,
        columns,
      ),
      style: "quiet",
    },
    {
      text: row("power", power_w === undefined ? "unavailable" : powerText(power_w), coverText(sample)),
      style: "strong",
    },
    ...readParts(parts)
      .filter((part) => part !== counted)
      .map((part) => plain(row(`  ${part.component}`, powerText(part.power_w), part.source))),
    ...(unattributed_w
      ? [plain(row("  rest", powerText(unattributed_w), "unattributed: node less its parts"))]
      : []),
    plain(row("energy", so_far.energy_j ? energyText(so_far.energy_j) : "unavailable", `${status}, so far`)),
    plain(row("carbon", carbon ? massText(carbon.emissions_g) : "unknown", carbon ? placeText(carbon) : "")),
    ...historyLines(facts).map(plain),
  ];
  const room = Math.max(0, Math.min(MOST_NOTES, facts.rows - lines.length - 1));
  const notes = notesOf(sample).flatMap((note) => wrap(printable(note), columns));
  return [...lines, ...notes.slice(0, room).map((text): ViewLine => ({ text, style: "quiet" }))];
}

/** `2 min 05 s  41.2 W (38.1 W … 44.9 W) measured  1.2 Wh  0.5 gCO2e`. */
export function monitorLine(sample: PowerSample): string {
  const { power_w, status, so_far } = sample;
  return [
    elapsed(sample),
    power_w === undefined ? "power unavailable" : `${powerText(power_w)} ${status}`,
    ...(so_far.energy_j ? [formatEnergy(joules(so_far.energy_j.value))] : []),
    ...(so_far.carbon ? [formatMass(gramsCO2e(so_far.carbon.emissions_g.value))] : []),
  ].join("  ");
}

const elapsed = ({ so_far }: PowerSample): string => formatDuration(seconds(Math.round(so_far.duration_s)));
const powerText = (range: Range): string => rangeText(range, (value) => formatPower(watts(value)));

const readParts = (parts: readonly PowerPart[]): readonly ReadPart[] =>
  parts.filter((part) => part.status !== "unavailable");

/** The part that is the whole: where several instruments read the node, one of them is counted. */
const countedNode = ({ parts, power_w }: PowerSample): ReadPart | undefined =>
  readParts(parts).find((part) => part.component === "node" && part.power_w.value === power_w?.value);

function coverText(sample: PowerSample): string {
  const { status, boundary } = sample;
  const node = countedNode(sample);
  if (node !== undefined) return `${status}, ${node.source}`;
  return boundary === undefined ? "" : `${status}, sum of the parts`;
}

const placeText = ({ zone, zone_from, year }: NonNullable<PowerSample["so_far"]["carbon"]>): string =>
  zone_from === "default" ? `location unknown: world mean, ${year}` : `zone ${zone}, ${year}`;

function historyLines({ history, columns, intervalS }: ViewFacts): readonly string[] {
  const shown = history.slice(-Math.min(MOST_HISTORY, columns - LABEL));
  const known = shown.filter((value) => value !== undefined);
  // One bar is no history.
  if (known.length < 2) return [];
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const span = formatDuration(seconds(Math.round(shown.length * intervalS)));
  const scaleText = `last ${span}: mean ${formatPower(watts(mean))}, peak ${formatPower(watts(Math.max(...known)))}`;
  return [`${pad("history", LABEL)}${blockChart(shown)}`, clip(`${pad("", LABEL)}${scaleText}`, columns)];
}

/** What the figures lack, first what can be done about. */
function notesOf({ parts }: PowerSample): readonly string[] {
  const modelled = parts.filter((part) => part.status === "modelled");
  const names = (of: readonly PowerPart[]): string =>
    [...new Set(of.map(({ component }) => component))].join(", ");
  const hasNode = parts.some((part) => part.component === "node");
  return [
    ...(modelled.length > 0 ? [`${names(modelled)} modelled, no counter: see frugal doctor`] : []),
    ...parts.flatMap((part) =>
      part.status === "unavailable" && !modelled.some(({ component }) => component === part.component)
        ? [`${part.component} not read: ${part.reason}`]
        : [],
    ),
    ...(hasNode
      ? []
      : ["without a meter (FRUGAL_METER): power supply, board, fans and disks are not counted"]),
    ...parts.flatMap((part) =>
      part.status === "unavailable" ? [] : part.notes.map((note) => `${part.component}: ${note}`),
    ),
  ];
}
