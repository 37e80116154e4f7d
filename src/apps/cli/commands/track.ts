import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";
import { EMISSIONS_OPTIONS } from "../emissions-options.ts";

export const TRACK: CommandSpec = {
  name: "track",
  group: "measure",
  summary: "measure the energy of any command",
  arguments: [{ name: "<command...>", description: "the command and its arguments, after --" }],
  options: [
    { flags: "--json <file>", description: "write the receipt there as JSON instead of a line on stderr" },
    ...CARBON_OPTIONS,
    ...EMISSIONS_OPTIONS,
    { flags: "--name <name>", description: "what the receipt calls the command (default: its first word)" },
  ],
  examples: ["frugal track -- npm test", "frugal track --json receipt.json --zone FR -- python train.py"],
  passThrough: true,
  load: () => import("../actions/track.ts").then((module) => module.track),
};
