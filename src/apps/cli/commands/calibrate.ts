import type { CommandSpec } from "../command.ts";

export const CALIBRATE: CommandSpec = {
  name: "calibrate",
  group: "measure",
  summary: "fit this machine to a meter at its plug, or learn its load curve, for later readings",
  options: [
    {
      flags: "--meter <meter>",
      description: "csv:FILE or http:URL of a power or energy meter (else FRUGAL_METER)",
    },
    { flags: "--minutes <n>", description: "how long the load goes up and down (default: 10)" },
    { flags: "--no-load", description: "watch the machine's own work instead of making load" },
    { flags: "--record <file>", description: "only record the machine; its meter's file comes later" },
    { flags: "--recorded <file>", description: "fit a recording to the file of its meter" },
    {
      flags: "--from-rapl",
      description: "learn CPU power over load from the counter, for virtual machines of this host type",
    },
    { flags: "--import <file>", description: "take over a fit that was made elsewhere" },
    { flags: "--show", description: "list the fits, and which is used here" },
    { flags: "--remove <id>", description: "remove a fit, by the start of its id, or all" },
  ],
  examples: [
    "frugal calibrate --meter http://plug/rpc/Switch.GetStatus?id=0",
    "frugal calibrate --meter csv:power.csv --minutes 20",
    "frugal calibrate --from-rapl",
    "frugal calibrate --show",
  ],
  load: () => import("../actions/calibrate.ts").then((module) => module.calibrate),
};
