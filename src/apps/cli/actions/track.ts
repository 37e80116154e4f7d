/** `frugal track -- COMMAND`: the command's streams, signals and exit code pass through; a receipt follows. */
import { constants } from "node:os";
import { basename, resolve } from "node:path";
import { FrugalError, messageOf, systemCode } from "../../../core/error.ts";
import type { Exit, PassedSignal, World } from "../../../core/ports.ts";
import { recorded } from "../../../journey/recorded.ts";
import { receiptLine } from "../../../report/receipt-line.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { warnUnstored } from "../receipt-notes.ts";

/** The terminal itself sends these to the whole foreground group, so the command has them already. */
const FROM_TERMINAL: ReadonlySet<PassedSignal> = new Set(["SIGINT", "SIGQUIT"]);
const PASSED = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"] as const;

export async function track(
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const { world } = context;
  const [command, ...rest] = args;
  if (command === undefined) {
    throw new FrugalError({
      code: "bad-option",
      what: "track has nothing to run",
      why: "no command was given",
      remedy: "put the command after two dashes: frugal track -- npm test",
    });
  }
  const name = (options["name"] as string | undefined) ?? basename(command);
  const result = await recorded(
    world,
    { kind: "track", subject: { type: "command", id: name }, ...carbonFlags(options) },
    async () => {
      const exit = await passThrough(world, command, rest);
      const exitCode = codeOf(exit);
      return {
        value: exitCode,
        facts: {
          outcome: {
            status: exitCode === 0 ? ("ok" as const) : ("failed" as const),
            exit_code: exitCode,
            ...(exit.signal === null ? {} : { signal: exit.signal }),
          },
        },
      };
    },
  );
  const file = options["json"] as string | undefined;
  if (file === undefined) context.note(receiptLine(result.receipt));
  else await writeReceipt(context, resolve(world.cwd, file), `${JSON.stringify(result.receipt, null, 2)}\n`);
  warnUnstored(context, result.stored);
  return result.value;
}

async function passThrough(world: World, command: string, args: readonly string[]): Promise<Exit> {
  // Listen before the start: a signal in between must reach the command, not end us and orphan it.
  const early: PassedSignal[] = [];
  let pass = (signal: PassedSignal): void => void early.push(signal);
  const unsubscribe = world.signals.on(PASSED, (signal) => {
    if (!(FROM_TERMINAL.has(signal) && world.terminal.inIsTerminal)) pass(signal);
  });
  try {
    const running = world.processes.run(command, args);
    pass = (signal) => running.kill(signal);
    for (const signal of early) running.kill(signal);
    return await running.exit;
  } catch (thrown) {
    throw notStarted(command, thrown);
  } finally {
    unsubscribe();
  }
}

function notStarted(command: string, cause: unknown): unknown {
  const found = systemCode(cause);
  if (found === "ENOENT") {
    return new FrugalError({
      code: "command-not-found",
      what: `cannot run ${command}`,
      why: "there is no such command",
      remedy: "check the spelling and PATH; for a shell built-in or a pipe use: frugal track -- sh -c '…'",
      cause,
    });
  }
  return new FrugalError({
    code: "command-not-executable",
    what: `cannot run ${command}`,
    why: found === "EACCES" ? "it is not executable" : messageOf(cause),
    remedy: `make it executable (chmod +x ${command}) or name its interpreter: frugal track -- sh ${command}`,
    cause,
  });
}

/** The exit status as a shell reports it (POSIX XCU 2.8.2). */
function codeOf({ code, signal }: Exit): number {
  if (signal === null) return code ?? 0;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

/** The command has run and its exit code must come through: a receipt file that cannot be written is a warning. */
async function writeReceipt(context: CliContext, path: string, text: string): Promise<void> {
  try {
    await context.world.files.writeAtomic(path, text);
  } catch (thrown) {
    const why = systemCode(thrown) ?? messageOf(thrown);
    context.warn(
      `cannot write ${path}: ${why}`,
      "the receipt itself lies in FRUGAL_HOME, under ledger/pending",
    );
  }
}
