import type { CommandSpec } from "../command.ts";

export const IMPORT: CommandSpec = {
  name: "import",
  group: "report",
  summary: "take the rows of CodeCarbon's emissions.csv into the ledger, each as a receipt",
  arguments: [{ name: "<file>", description: "an emissions.csv; importing it again adds nothing" }],
  options: [],
  examples: ["frugal import emissions.csv", "frugal import emissions.csv --json"],
  load: () => import("../actions/import.ts").then((module) => module.importFile),
};
