/** `frugal monitor`: the whole machine until stopped; a live view, lines, or JSON lines; then a receipt. */
import { formatDuration } from "../../../core/format-quantity.ts";
import { seconds } from "../../../core/quantity.ts";
import { monitorMachine } from "../../../journey/monitor/monitor-machine.ts";
import { pickUp } from "../../../journey/monitor/pick-up.ts";
import { monitorLine, monitorView, type ViewLine } from "../../../report/monitor-view.ts";
import type { PowerSample } from "../../../report/power-sample.ts";
import { receiptLine } from "../../../report/receipt-line.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { emissionsOutput } from "../emissions-output.ts";
import { painter } from "../explain.ts";
import { type LiveBlock, liveBlock } from "../live-block.ts";
import { warnUnstored } from "../receipt-notes.ts";

const INTERVAL_S = 1;
/** A log that was asked for nothing gets no line each second. */
const LOG_EVERY_S = 10;
const MOST_HISTORY = 240;

export async function monitor(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const emissions = await emissionsOutput(context, options, { monitors: true });
  await announceLeft(context);
  const given = (options["interval"] as number | undefined) ?? emissions.intervalS;
  const intervalS = given ?? INTERVAL_S;
  const durationS = options["duration"] as number | undefined;
  const output = outputOf(context, intervalS, given ?? LOG_EVERY_S);
  const result = await monitorMachine(emissions.world, {
    ...carbonFlags(options),
    beneath: emissions.beneath,
    name: (options["name"] as string | undefined) ?? "machine",
    intervalS,
    ...(durationS !== undefined && { durationS }),
    signal: context.signal,
    warn(what, remedy) {
      output.clear();
      context.warn(what, remedy);
    },
    onSample: (sample) => output.show(sample),
  });
  output.end();
  if (context.json) await context.print(JSON.stringify(result.receipt));
  else context.note(receiptLine(result.receipt));
  await emissions.write(result);
  warnUnstored(context, result.stored);
  return 0;
}

/** Says what monitors left that were killed. */
async function announceLeft(context: CliContext): Promise<void> {
  for (const left of await pickUp(context.world)) {
    if (left.kind === "kept") {
      context.warn(
        `what a killed monitor left in ${left.path} is not in the ledger: ${left.why}`,
        left.remedy,
      );
    } else context.note(`a monitor was cut short; what it measured is kept:\n${receiptLine(left.receipt)}`);
  }
}

interface Output {
  show(sample: PowerSample): void | Promise<void>;
  clear(): void;
  end(): void;
}

function outputOf(context: CliContext, intervalS: number, logEveryS: number): Output {
  const nothing = { clear: () => {}, end: () => {} };
  if (context.json) return { ...nothing, show: (sample) => context.print(JSON.stringify(sample)) };
  if (context.quiet) return { ...nothing, show: () => {} };
  return context.world.terminal.errIsTerminal
    ? liveOutput(context, intervalS)
    : { ...nothing, show: logOutput(context, logEveryS) };
}

function liveOutput({ world }: CliContext, intervalS: number): Output {
  const { terminal } = world;
  const paint = painter(terminal.colour);
  const styles = { plain: (text: string) => text, strong: paint.bold, quiet: paint.dim };
  const block: LiveBlock = liveBlock(terminal);
  const draw = (lines: readonly ViewLine[]): void =>
    block.draw(lines.map(({ text, style }) => ({ text, painted: styles[style](text) })));
  const history: (number | undefined)[] = [];
  const first = `measuring; first reading in ${formatDuration(seconds(intervalS))}`;
  draw([{ text: first, style: "quiet" }]);
  return {
    clear: block.clear,
    end: block.leave,
    show(sample) {
      history.push(sample.power_w?.value);
      if (history.length > MOST_HISTORY) history.shift();
      // The last column makes some terminals wrap.
      draw(monitorView(sample, { intervalS, history, columns: terminal.columns - 1, rows: terminal.rows }));
    },
  };
}

function logOutput({ note }: CliContext, everyS: number): Output["show"] {
  let nextS = everyS;
  return (sample) => {
    const { duration_s } = sample.so_far;
    // A tenth early still counts as its turn.
    if (duration_s < nextS - everyS / 10) return;
    nextS = (Math.floor(duration_s / everyS + 0.1) + 1) * everyS;
    note(monitorLine(sample));
  };
}
