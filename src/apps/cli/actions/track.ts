/** `frugal track -- COMMAND`: the command's streams, signals and exit code pass through; a receipt follows. */
import { constants } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { FrugalError, invariant, messageOf, systemCode } from "../../../core/error.ts";
import type { Exit, PassedSignal, World } from "../../../core/ports.ts";
import { METERED_BY } from "../../../energy/metered-by.ts";
import { type Recorded, recorded } from "../../../journey/recorded.ts";
import { receiptLine, SHORT_ID } from "../../../report/receipt-line.ts";
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
  invariant(command !== undefined, "the command table lets no track pass without a command");
  const name = (options["name"] as string | undefined) ?? basename(command);
  const result = await recorded(
    world,
    {
      kind: "track",
      subject: { type: "command", id: name },
      warn: context.warn,
      ...carbonFlags(options),
    },
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
  else await writeReceipt(context, file, result);
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
    // A meter that the command opens itself counts what this one counts, and must say so.
    const env = { [METERED_BY]: String(world.processes.pid) };
    const running = world.processes.run(command, args, { env });
    pass = (signal) => running.kill(signal);
    for (const signal of early) running.kill(signal);
    return await running.exit;
  } catch (thrown) {
    throw notStarted(command, thrown);
  } finally {
    unsubscribe();
  }
}

/** Why a command cannot be run, by the system's code (execve(2)); any other code is shown as it is. */
const REASONS = {
  ENOENT: {
    code: "command-not-found",
    why: "there is no such command, or the interpreter that its first line names is missing",
    remedy: () =>
      "check the spelling and PATH; for a shell built-in or a pipe use: frugal track -- sh -c '…'",
  },
  EACCES: {
    code: "command-not-executable",
    why: "it is not executable",
    remedy: (command: string) =>
      `make it executable (chmod +x ${command}) or name its interpreter: frugal track -- sh ${command}`,
  },
} as const;

function notStarted(command: string, cause: unknown): FrugalError {
  const found = command === "" ? "ENOENT" : systemCode(cause);
  const known = found === "ENOENT" || found === "EACCES" ? REASONS[found] : undefined;
  return new FrugalError({
    code: known?.code ?? "command-not-executable",
    what: `cannot run ${command === "" ? "an empty name" : command}`,
    why: known?.why ?? `the system refused to start it (${found ?? messageOf(cause)})`,
    remedy: known?.remedy(command) ?? "try it without frugal track: the same reason should stop it there",
    cause,
  });
}

/** The exit status as a shell reports it (POSIX XCU 2.8.2). */
function codeOf({ code, signal }: Exit): number {
  if (signal === null) return code ?? 0;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}

/** The command has run and its exit code must come through: a receipt file that cannot be written is a warning. */
async function writeReceipt(
  context: CliContext,
  file: string,
  { receipt, stored }: Recorded<number>,
): Promise<void> {
  const { world } = context;
  try {
    const path = isAbsolute(file) ? file : join(world.cwd, file);
    await world.files.writeAtomic(path, `${JSON.stringify(receipt, null, 2)}\n`);
  } catch (thrown) {
    context.warn(
      `cannot write ${file}: ${systemCode(thrown) ?? messageOf(thrown)}`,
      stored.state === "stored"
        ? `the receipt itself is kept: frugal log show ${receipt.id.slice(0, SHORT_ID)} --json`
        : "free some space, or name another file with --json",
    );
  }
}
