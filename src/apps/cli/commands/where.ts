import { parsePue } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";

export const WHERE: CommandSpec = {
  name: "where",
  group: "measure",
  summary: "compare what the same energy emits in several places, before a run or after it",
  options: [
    { flags: "--energy <amount>", description: "IT energy: 5kWh, 300 Wh, 1.2MJ" },
    { flags: "--receipt <id>", description: "in its place: the energy and time of a receipt in the ledger" },
    {
      flags: "--zones <list>",
      description: "zones or cloud regions, with commas: FR,DE,US-CAL-CISO,aws:eu-west-3",
      required: true,
    },
    {
      flags: "--at <time>",
      description: "when it will run or ran, ISO 8601 (default: now, or the receipt's)",
    },
    {
      flags: "--pue <ratio>",
      description: "facility energy ÷ IT energy for every place (default: what the cloud publishes)",
      parse: parsePue,
    },
  ],
  examples: [
    "frugal where --energy 5kWh --zones FR,DE,US-CAL-CISO",
    "frugal where --receipt 3fa2 --zones FR,DE",
    "frugal where --energy 40MJ --zones aws:us-east-1,gcp:europe-west9 --json",
  ],
  load: () => import("../actions/where.ts").then((module) => module.where),
};
