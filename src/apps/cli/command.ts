/**
 * A command as data: one table feeds parsing, `--help`, docs/commands.md and the docs check. Definitions load commander's
 * caller and core/ only; `load` fetches the code that works.
 */
import type { World } from "../../core/ports.ts";
import type { Progress } from "../../core/progress.ts";

export type CommandGroup = "measure" | "reuse" | "reduce" | "recycle" | "report";

export const GROUP_TITLES: Readonly<Record<CommandGroup, string>> = {
  measure: "Measure:",
  reuse: "Reuse:",
  reduce: "Reduce:",
  recycle: "Recycle:",
  report: "Report:",
};

export interface OptionSpec {
  /** Commander's notation: `--input <text|file|->`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** Checks and converts the text; throws FrugalError "bad-option". */
  readonly parse?: (text: string, previous: unknown) => unknown;
  /** May be given more than once; the values come as an array. */
  readonly repeatable?: boolean;
  readonly required?: boolean;
}

export interface ArgumentSpec {
  /** Commander's notation: `<task>`, `[command...]`. */
  readonly name: string;
  readonly description: string;
}

export interface CommandSpec {
  /** `run`, or `log show` for a subcommand. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Lines for the help text; the docs check runs those of docs/commands.md. */
  readonly examples: readonly string[];
  /** Everything after the first argument belongs to another program (`track -- COMMAND`). */
  readonly passThrough?: boolean;
  /** It runs until it is stopped: a signal is its normal end, and its own exit code counts. */
  readonly untilStopped?: boolean;
  readonly load: () => Promise<CommandAction>;
}

/** Values as commander gives them: camelCase names of the long flags. */
export type OptionValues = Readonly<Record<string, unknown>>;

/** Returns the exit code: 0 done, 1 "no"; errors are thrown. */
export type CommandAction = (
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
) => Promise<number>;

export interface CliContext {
  readonly world: World;
  /** Aborted by the first Ctrl+C, SIGTERM or SIGHUP; the second one ends the program at once. */
  readonly signal: AbortSignal;
  /** True with --json: data goes to stdout as JSON, and only that. */
  readonly json: boolean;
  readonly quiet: boolean;
  /** Live line on a terminal, plain lines elsewhere, nothing when quiet. Always on stderr. */
  readonly progress: Progress;
  /** A line on stderr; --quiet leaves it out. */
  note(text: string): void;
  /** `warning:` and `hint:` on stderr, also with --quiet: something that was asked for did not happen. */
  warn(what: string, remedy: string): void;
  /** Data on stdout; a newline is added. */
  print(text: string): Promise<void>;
  /** One JSON document on stdout. */
  printJson(value: unknown): Promise<void>;
}
