/** Progress on stderr: one live line on a terminal, a plain line per phase elsewhere. */
import { formatDuration, formatEnergy } from "../../core/format-quantity.ts";
import type { Clock, Terminal } from "../../core/ports.ts";
import type { Progress } from "../../core/progress.ts";
import { joules, seconds } from "../../core/quantity.ts";
import { painter } from "./explain.ts";

const REDRAW_EVERY_S = 0.1;
const BAR_CELLS = 20;
const CLEAR_LINE = "\r\u001b[2K";

export interface ProgressLine {
  readonly report: Progress;
  /** Takes the live line away before anything else is written. */
  clear(): void;
}

interface Phase {
  readonly name: string;
  readonly unit: string;
  readonly since: number;
  total: number | undefined;
}

export function progressLine(terminal: Terminal, clock: Clock): ProgressLine {
  const live = terminal.errIsTerminal;
  const paint = painter(terminal.colour);
  let phase: Phase | undefined;
  let drawn = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (drawn) terminal.writeErr(CLEAR_LINE);
    drawn = false;
  };
  const draw = (text: string, force: boolean): void => {
    const now = clock.now();
    if (!force && now - drawnAt < REDRAW_EVERY_S) return;
    drawnAt = now;
    terminal.writeErr(`${CLEAR_LINE}${text.slice(0, Math.max(10, terminal.columns - 1))}`);
    drawn = true;
  };
  return {
    clear,
    report(event) {
      if (event.kind === "note") {
        clear();
        terminal.writeErr(`${paint.dim(event.text)}\n`);
        return;
      }
      if (event.kind === "phase") {
        phase = { name: event.name, unit: event.unit ?? "", since: clock.now(), total: event.total };
        if (live) draw(event.name, true);
        else terminal.writeErr(`${event.name}\n`);
        return;
      }
      if (!live || phase === undefined) return;
      phase.total = event.total ?? phase.total;
      draw(describe(phase, event.done, clock.now(), event), event.done === phase.total);
    },
  };
}

/** `embedding  [########            ] 480/1200 mails  ETA 12.3 s  41.2 mWh`. */
export function describe(
  phase: Phase,
  done: number,
  now: number,
  { energyJ, detail }: { readonly energyJ?: number; readonly detail?: string } = {},
): string {
  const parts = [phase.name];
  if (phase.total !== undefined && phase.total > 0) {
    const share = Math.min(1, done / phase.total);
    // With details beside it the line still fits into 80 columns.
    const cells = detail === undefined ? BAR_CELLS : BAR_CELLS / 2;
    const filled = Math.round(share * cells);
    parts.push(`[${"#".repeat(filled)}${" ".repeat(cells - filled)}]`);
    parts.push(`${done}/${phase.total} ${phase.unit}`.trim());
    const elapsed = now - phase.since;
    // Under a second the rate is noise.
    if (share > 0 && share < 1 && elapsed > 1) {
      parts.push(`ETA ${formatDuration(seconds((elapsed / share) * (1 - share)))}`);
    }
  } else parts.push(`${done} ${phase.unit}`.trim());
  if (energyJ !== undefined) parts.push(formatEnergy(joules(energyJ)));
  if (detail !== undefined) parts.push(detail);
  return parts.join("  ");
}
