/** From words to an exit code: parse, make the context, run the action, turn what is thrown into `error:` and `hint:`. */
import { CommanderError } from "commander";
import type { Terminal, World } from "../../core/ports.ts";
import type { CommandSpec, OptionValues } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { explain } from "./explain.ts";
import { buildProgram } from "./program.ts";
import { writeData } from "./write-data.ts";

const USAGE_ERROR = 2;

/** @returns the exit code: 0 done, 1 "no", 2 error, 70 our own bug, 128 + signal when interrupted. */
export const main = (
  world: World,
  argv: readonly string[],
  commands: readonly CommandSpec[] = COMMANDS,
): Promise<number> => commandLine(world.terminal, async () => world, argv, commands);

/** As `main`, for whom the rest of the world is worth loading only when a command runs: help needs a terminal alone. */
export async function commandLine(
  terminal: Terminal,
  openWorld: () => Promise<World>,
  argv: readonly string[],
  commands: readonly CommandSpec[] = COMMANDS,
): Promise<number> {
  let exitCode = 0;
  const run = async (spec: CommandSpec, args: readonly string[], options: OptionValues): Promise<void> => {
    const [{ openContext }, world] = await Promise.all([import("./context.ts"), openWorld()]);
    const context = openContext(world, { ...options, ownsSignals: spec.passThrough === true });
    const interruptedBy = () => (spec.untilStopped === true ? undefined : context.stoppedBy);
    try {
      const action = await spec.load();
      exitCode = await action(context, args, options);
      // A command that stops early and returns what it has was still interrupted.
      const stopped = interruptedBy();
      if (stopped !== undefined) exitCode = codeOfSignal(stopped);
    } catch (thrown) {
      const stopped = interruptedBy();
      exitCode = stopped === undefined ? explain(terminal, thrown) : codeOfSignal(stopped);
      if (stopped !== undefined) explain(terminal, thrown);
    } finally {
      context.close();
    }
  };
  let help = "";
  const words = clearWords(argv, commands);
  const program = buildProgram(terminal, commands, words[0], run, (text) => {
    help += text;
  });
  try {
    await program.parseAsync(words, { from: "user" }).catch((thrown: unknown) => {
      if (!(thrown instanceof CommanderError)) throw thrown;
      exitCode = thrown.exitCode === 0 ? 0 : USAGE_ERROR;
    });
    if (help !== "") await writeData(terminal, help);
  } catch (thrown) {
    return explain(terminal, thrown);
  }
  return exitCode;
}

/** `help run` is `run --help`; and a command that is not there is the mistake to name, whatever follows it. */
function clearWords(argv: readonly string[], commands: readonly CommandSpec[]): readonly string[] {
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv;
  const [first] = words;
  if (first === undefined || first.startsWith("-")) return words;
  return commands.some((spec) => spec.name.split(" ")[0] === first) ? words : [first];
}

/** Shell convention (POSIX XCU 2.8.2): 128 + the signal's number. */
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
const codeOfSignal = (signal: string): number => 128 + (SIGNAL_NUMBERS[signal] ?? 0);
