/** The command table as a commander program; nothing here knows what any command does. */
import { Argument, Command, Option } from "commander";
import { FrugalError, messageOf } from "../../core/error.ts";
import type { Terminal } from "../../core/ports.ts";
import { VERSION } from "../../core/version.ts";
import type { CommandSpec, OptionSpec, OptionValues } from "./command.ts";
import { GROUP_TITLES } from "./command.ts";
import { painter } from "./explain.ts";

export type RunCommand = (spec: CommandSpec, args: readonly string[], options: OptionValues) => Promise<void>;

const INTRODUCTION = "Open AI models with the least energy that does the job.";

/**
 * @param commands all of them, for the overview; only those below `named` get options of their own: the others' are
 * never asked for, and take as long to build as everything else.
 * @param print takes help and version, the only data that commander itself writes.
 */
export function buildProgram(
  terminal: Terminal,
  commands: readonly CommandSpec[],
  named: string | undefined,
  run: RunCommand,
  print: (text: string) => void,
): Command {
  const program = new Command("frugal")
    .description(INTRODUCTION)
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: (text) => terminal.writeErr(text),
      getOutHelpWidth: () => Math.min(terminal.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.columns, 100),
      outputError: usageError(terminal, "see frugal --help"),
    })
    .addHelpText("after", "\nEvery command takes --json and --help. Start with: frugal run --help");
  // Groups appear in the order of their first command: keep the table's order stable.
  const order = Object.keys(GROUP_TITLES);
  const sorted = [...commands].sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
  for (const spec of sorted) {
    const isNamed = spec.name.split(" ")[0] === named;
    addCommand(program, terminal, isNamed ? spec : { ...spec, options: [], examples: [] }, { commands, run });
  }
  return program;
}

function addCommand(
  program: Command,
  terminal: Terminal,
  spec: CommandSpec,
  { commands, run }: { readonly commands: readonly CommandSpec[]; readonly run: RunCommand },
): void {
  const words = spec.name.split(" ");
  const name = words.at(-1)!;
  const parent = words.slice(0, -1).reduce((at, word) => childNamed(at, word), program);
  const command = parent.command(name).summary(spec.summary).description(spec.summary);
  const [example] = spec.examples;
  const hint = `see frugal ${spec.name} --help${example === undefined ? "" : `; for instance: ${example}`}`;
  command.configureOutput({ outputError: usageError(terminal, hint) });
  if (words.length === 1) command.helpGroup(GROUP_TITLES[spec.group]);
  // A word that is none of its subcommands is told apart from an argument too many in the action.
  const hasSubcommands = isParent(spec, commands);
  command.allowExcessArguments(hasSubcommands);
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
    if (hasSubcommands && command.args.length > 0) await refuseSubcommand(command, spec.name);
    const options = given.at(-2) as OptionValues;
    const args = given
      .slice(0, -2)
      .flat()
      .filter((word): word is string => typeof word === "string");
    const missing = spec.options.find(
      (option) => option.required && optionValue(command, option) === undefined,
    );
    // Not commander's own check, which comes before the one for unknown options: `--inptu x` must be called a typing error.
    if (missing !== undefined) command.error(`error: required option '${missing.flags}' not specified`);
    await run(spec, args, options);
  });
}

const isParent = ({ name, arguments: own }: CommandSpec, commands: readonly CommandSpec[]): boolean =>
  own === undefined && commands.some((other) => other.name.startsWith(`${name} `));

async function refuseSubcommand(command: Command, name: string): Promise<never> {
  const { nearest } = await import("../../engines/nearest.ts");
  const [given = ""] = command.args;
  const names = command.commands.map((each) => each.name());
  const meant = nearest(given, names);
  const all = names.map((each) => `${name} ${each}`).join(", ");
  const hint =
    meant === undefined
      ? `use one of: ${all}; or see frugal ${name} --help`
      : `Did you mean ${name} ${meant}?`;
  return command.error(`error: unknown command '${name} ${given}'\n(${hint})`);
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
  const { parse, repeatable } = spec;
  if (repeatable) {
    option.argParser((text: string, previous: unknown) => {
      const value = parse === undefined ? text : parse(text, undefined);
      return [...(Array.isArray(previous) ? previous : []), value];
    });
  } else if (parse !== undefined) option.argParser(parse);
  return option;
}

const optionValue = (command: Command, { flags }: OptionSpec): unknown =>
  command.getOptionValue(new Option(flags).attributeName());

/** Commander says `error: unknown option '--inptu'\n(Did you mean --input?)`: ours is `error:` and `hint:`. */
const usageError =
  (terminal: Terminal, hint: string) =>
  (text: string, write: (text: string) => void): void => {
    const paint = painter(terminal.colour);
    const [first = "", ...rest] = text.trim().split("\n");
    const suggestion = rest.join(" ").replace(/^\((.*)\)$/, "$1");
    write(`${paint.red("error:")} ${first.replace(/^error: /, "")}\n`);
    write(`${paint.cyan("hint:")} ${suggestion === "" ? hint : suggestion}\n`);
  };

/** For option parsers: the error that names the option, what was given and what would do. */
export function badOption(option: string, given: string, remedy: string, cause?: unknown): FrugalError {
  const why = cause === undefined ? `"${given}" does not fit` : messageOf(cause);
  return new FrugalError({ code: "bad-option", what: `${option} ${given}`, why, remedy, cause });
}
