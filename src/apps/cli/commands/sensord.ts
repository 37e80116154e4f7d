import type { CommandSpec } from "../command.ts";
import { badOption } from "../program.ts";

/** Ten readings per second are the most; see docs/sensord.md for the least that is wise. */
const FASTEST_MS = 100;
const SLOWEST_MS = 60_000;

export const SENSORD: CommandSpec = {
  name: "sensord",
  group: "measure",
  summary: "serve the CPU's energy counters, which only root may read, to a group of users",
  options: [
    {
      flags: "--socket <path>",
      description: "the Unix socket (default: FRUGAL_SENSORD, or /run/frugal/sensord.sock)",
    },
    {
      flags: "--group <name>",
      description: "the group whose members may connect (default: the daemon's own)",
    },
    {
      flags: "--min-interval-ms <n>",
      description: "readings never come faster; below 1000 they may betray secrets (docs/sensord.md)",
      default: "1000",
      parse: parseInterval,
    },
    {
      flags: "--powercap-root <folder>",
      description: "where the counters are (default: /sys/class/powercap)",
    },
  ],
  examples: [
    "sudo frugal sensord --group frugal",
    "frugal sensord --socket ./s.sock --powercap-root ./counters",
  ],
  load: () => import("../actions/sensord.ts").then((module) => module.sensord),
};

function parseInterval(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= FASTEST_MS && value <= SLOWEST_MS) return value;
  throw badOption("--min-interval-ms", text, `give whole milliseconds from ${FASTEST_MS} to ${SLOWEST_MS}`);
}
