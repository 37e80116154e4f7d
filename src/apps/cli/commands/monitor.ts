import { parseDuration } from "../../../core/parse-quantity.ts";
import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";
import { EMISSIONS_OPTIONS } from "../emissions-options.ts";
import { badOption } from "../program.ts";

/** More often would measure the measuring; a snapshot must not be too old when it is needed. */
const LEAST_S = 0.1;
const MOST_S = 3_600;

export const MONITOR: CommandSpec = {
  name: "monitor",
  group: "measure",
  summary: "measure the whole machine until stopped (Ctrl+C), with a live view",
  options: [
    {
      flags: "--interval <time>",
      description: "how often it reads and shows: 500ms, 1s, 1m (default: 1s)",
      parse: parseInterval,
    },
    {
      flags: "--duration <time>",
      description: "end by itself after: 30s, 10m, 8h (default: when stopped)",
      parse: (text) => parseDuration(text, "--duration"),
    },
    { flags: "--json", description: "a JSON line per interval on stdout, and the receipt as the last one" },
    ...CARBON_OPTIONS,
    ...EMISSIONS_OPTIONS,
    { flags: "--name <name>", description: "what the receipt calls the machine (default: machine)" },
  ],
  examples: ["frugal monitor", "frugal monitor --interval 10s --duration 8h --zone FR --json > power.jsonl"],
  untilStopped: true,
  load: () => import("../actions/monitor.ts").then((module) => module.monitor),
};

function parseInterval(text: string): number {
  const interval = parseDuration(text, "--interval");
  if (interval >= LEAST_S && interval <= MOST_S) return interval;
  throw badOption("--interval", text, "give a time from 100ms to 1h");
}
