/** Every command, in the order of the help text. */
import type { CommandSpec } from "./command.ts";
import { CALIBRATE } from "./commands/calibrate.ts";
import { RUN } from "./commands/run.ts";
import { TRACK } from "./commands/track.ts";

export const COMMANDS: readonly CommandSpec[] = [TRACK, CALIBRATE, RUN];
