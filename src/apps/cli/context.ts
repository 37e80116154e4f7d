import { aborted } from "../../core/error.ts";
import type { StopSignal, World } from "../../core/ports.ts";
import { silent } from "../../core/progress.ts";
import type { CliContext, OptionValues } from "./command.ts";
import { painter } from "./explain.ts";
import { progressLine } from "./progress-line.ts";
import { writeData } from "./write-data.ts";

export interface OpenContext extends CliContext {
  /** The signal that stopped the command, if one did. */
  readonly stoppedBy: StopSignal | undefined;
  close(): void;
}

/** `ownsSignals`: the command passes signals on itself (`track`), so nothing is aborted here. */
export function openContext(world: World, options: OptionValues): OpenContext {
  const { terminal } = world;
  const controller = new AbortController();
  const paint = painter(terminal.colour);
  const quiet = options["quiet"] === true;
  const line = quiet ? undefined : progressLine(terminal, world.clock);
  const write = async (text: string): Promise<void> => {
    line?.clear();
    await writeData(terminal, text);
  };
  let stoppedBy: StopSignal | undefined;
  const unsubscribe =
    options["ownsSignals"] === true
      ? () => {}
      : world.signals.on(["SIGINT", "SIGTERM", "SIGHUP"], (signal) => {
          // The second one means it: no cleaning up, files are whole at any moment anyway.
          if (stoppedBy !== undefined) world.signals.exitNow(stoppedBy);
          stoppedBy = signal;
          line?.clear();
          controller.abort(aborted("the command was stopped", signal));
        });
  return {
    world,
    signal: controller.signal,
    json: options["json"] === true,
    quiet,
    progress: line?.report ?? silent,
    note(text) {
      if (quiet) return;
      line?.clear();
      terminal.writeErr(`${text}\n`);
    },
    warn(what, remedy) {
      line?.clear();
      terminal.writeErr(`${paint.red("warning:")} ${what}\n${paint.cyan("hint:")} ${remedy}\n`);
    },
    print: (text) => write(`${text}\n`),
    printJson: (value) => write(`${JSON.stringify(value, null, 2)}\n`),
    get stoppedBy() {
      return stoppedBy;
    },
    close() {
      line?.clear();
      unsubscribe();
    },
  };
}
