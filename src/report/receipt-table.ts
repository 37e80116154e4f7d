/** Receipts as a table for a terminal: `id time kind subject energy CO2e outcome`, one line each. */
import { formatEnergy, formatMass } from "../core/format-quantity.ts";
import { gramsCO2e, joules } from "../core/quantity.ts";
import type { Receipt } from "../receipt/receipt.ts";
import { clip, displayWidth, pad } from "./display-width.ts";
import { localMinute } from "./local-time.ts";
import { printable } from "./printable.ts";

/** Eight hexadecimal digits tell tens of thousands of receipts apart; `log show` takes any length and says when it is too short. */
const ID_SHOWN = 8;
const GAP = "  ";
const HEADINGS = ["id", "time", "kind", "subject", "energy", "CO2e", "outcome"] as const;
const SUBJECT = HEADINGS.indexOf("subject");
const RIGHT = new Set([HEADINGS.indexOf("energy"), HEADINGS.indexOf("CO2e")]);
const LEAST_SUBJECT = 8;

/** @param width columns of the terminal: the subject is cut to fit. */
export function receiptTable(receipts: readonly Receipt[], width: number): string {
  const rows = [HEADINGS, ...receipts.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))));
  const others = widths.reduce((sum, each, column) => (column === SUBJECT ? sum : sum + each), 0);
  const left = width - others - GAP.length * (HEADINGS.length - 1);
  widths[SUBJECT] = Math.min(widths[SUBJECT] ?? 0, Math.max(LEAST_SUBJECT, left));
  return rows.map((row) => line(row, widths)).join("\n");
}

function line(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const width = widths[column] ?? 0;
    // Figures are ASCII but for "µ" and "~": one column per character.
    return RIGHT.has(column) ? cell.padStart(width) : pad(clip(cell, width), width);
  });
  return padded.join(GAP).trimEnd();
}

const cellsOf = (receipt: Receipt): readonly string[] => [
  receipt.id.slice(0, ID_SHOWN),
  localMinute(receipt.started_at),
  printable(receipt.kind),
  printable(receipt.subject.id),
  energyCell(receipt),
  receipt.carbon === undefined
    ? "unknown"
    : formatMass(gramsCO2e(receipt.carbon.emissions_g.value)).replace("CO2e", ""),
  outcomeText(receipt.outcome),
];

/** `~` marks what a model computed: a table without it would make estimates look like readings. */
function energyCell({ energy }: Receipt): string {
  if (energy.total_j === undefined) return "unknown";
  return `${energy.status === "modelled" ? "~" : ""}${formatEnergy(joules(energy.total_j.value))}`;
}

/** `ok`, `exit 7`, `SIGKILL`, `failed`, `stopped`. */
function outcomeText({ status, exit_code, signal }: Receipt["outcome"]): string {
  if (status === "ok") return "ok";
  if (status === "interrupted") return "stopped";
  return printable(signal ?? (exit_code === undefined ? status : `exit ${exit_code}`));
}
