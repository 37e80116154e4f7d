/** The command table as a commander program; nothing here knows what any command does. */
import { Argument, Command, Option } from "commander";
import { FrugalError, messageOf } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import { VERSION } from "../../core/version.ts";
import type { CommandSpec, OptionSpec, OptionValues } from "./command.ts";
import { GROUP_TITLES } from "./command.ts";
import { painter } from "./explain.ts";

export type RunCommand = (spec: CommandSpec, args: readonly string[], options: OptionValues) => Promise<void>;

const INTRODUCTION = "Open AI models with the least energy that does the job.";

export function buildProgram(world: World, commands: readonly CommandSpec[], run: RunCommand): Command {
  const program = new Command("frugal")
    .description(INTRODUCTION)
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void world.terminal.writeOut(text),
      writeErr: (text) => world.terminal.writeErr(text),
      getOutHelpWidth: () => Math.min(world.terminal.columns, 100),
      getErrHelpWidth: () => Math.min(world.terminal.columns, 100),
      outputError: (text, write) => write(usageError(text, painter(world.terminal.colour))),
    })
    .addHelpText("after", "\nEvery command takes --json and --help. Start with: frugal run --help");
  // Groups appear in the order of their first command: keep the table's order stable.
  const order = Object.keys(GROUP_TITLES);
  const sorted = [...commands].sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
  for (const spec of sorted) addCommand(program, spec, run);
  return program;
}

function addCommand(program: Command, spec: CommandSpec, run: RunCommand): void {
  const words = spec.name.split(" ");
  const name = words.at(-1)!;
  const parent = words.slice(0, -1).reduce((at, word) => childNamed(at, word), program);
  const command = parent.command(name).summary(spec.summary).description(spec.summary);
  if (words.length === 1) command.helpGroup(GROUP_TITLES[spec.group]);
  for (const argument of spec.arguments ?? []) {
    command.addArgument(new Argument(argument.name, argument.description));
  }
  for (const option of spec.options) command.addOption(toCommander(option));
  if (!spec.options.some((option) => option.flags.includes("--json"))) {
    command.option("--json", "print data as JSON on stdout");
  }
  command.option("-q, --quiet", "no progress and no notes on stderr");
  if (spec.passThrough) command.passThroughOptions();
  if (spec.examples.length > 0) {
    command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join("\n")}`);
  }
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as OptionValues;
    const args = given
      .slice(0, -2)
      .flat()
      .filter((word): word is string => typeof word === "string");
    await run(spec, args, options);
  });
}

function childNamed(parent: Command, name: string): Command {
  const found = parent.commands.find((command) => command.name() === name);
  if (found === undefined) throw new Error(`the table lists a subcommand of ${name} before ${name} itself`);
  return found;
}

function toCommander(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices(spec.choices);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.required) option.makeOptionMandatory();
  const { parse, repeatable } = spec;
  if (repeatable) {
    option.argParser((text: string, previous: unknown) => {
      const value = parse === undefined ? text : parse(text, undefined);
      return [...(Array.isArray(previous) ? previous : []), value];
    });
  } else if (parse !== undefined) option.argParser(parse);
  return option;
}

/** Commander says `error: unknown option '--inptu'\n(Did you mean --input?)`: ours is `error:` and `hint:`. */
function usageError(text: string, paint: ReturnType<typeof painter>): string {
  const [first = "", ...rest] = text.trim().split("\n");
  const suggestion = rest.join(" ").replace(/^\((.*)\)$/, "$1");
  const hint = suggestion === "" ? "see frugal --help, or frugal COMMAND --help" : suggestion;
  return `${paint.red("error:")} ${first.replace(/^error: /, "")}\n${paint.cyan("hint:")} ${hint}\n`;
}

/** For option parsers: the error that names the option, what was given and what would do. */
export function badOption(option: string, given: string, remedy: string, cause?: unknown): FrugalError {
  const why = cause === undefined ? `"${given}" does not fit` : messageOf(cause);
  return new FrugalError({ code: "bad-option", what: `${option} ${given}`, why, remedy, cause });
}
