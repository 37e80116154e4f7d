/** Every command, in the order of the help text. */
import type { CommandSpec } from "./command.ts";

export const COMMANDS: readonly CommandSpec[] = [];
