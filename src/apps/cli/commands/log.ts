import type { ReceiptKind } from "../../../receipt/receipt.ts";
import type { CommandSpec, OptionSpec } from "../command.ts";
import { since, wholeNumber } from "../option-parsers.ts";

/** A kind that is added to the schema and forgotten here does not compile. */
const KINDS: Readonly<Record<ReceiptKind, true>> = {
  run: true,
  track: true,
  monitor: true,
  train: true,
  evaluate: true,
  choose: true,
  demo: true,
  import: true,
};

const FILTERS: readonly OptionSpec[] = [
  { flags: "--kind <kind>", description: "only receipts of this kind", choices: Object.keys(KINDS) },
  {
    flags: "--since <time>",
    description: "only what started since then: 2026-11-25, 2026-11-25T08:30, or 12h, 7d, 4w ago",
    parse: since,
  },
];

export const LOG: CommandSpec = {
  name: "log",
  group: "report",
  summary: "list the receipts of what was run, newest first",
  options: [
    { flags: "--limit <n>", description: "at most n receipts (default: 20)", parse: wholeNumber("--limit") },
    ...FILTERS,
  ],
  examples: ["frugal log", "frugal log --kind track --since 7d --limit 5"],
  load: () => import("../actions/log.ts").then((module) => module.log),
};

export const LOG_SHOW: CommandSpec = {
  name: "log show",
  group: "report",
  summary: "show all that a receipt holds",
  arguments: [{ name: "<id>", description: "a receipt's id, or its first characters" }],
  options: [],
  examples: ["frugal log show 3fa2", "frugal log show 3fa2 --json"],
  load: () => import("../actions/log-show.ts").then((module) => module.logShow),
};

export const LOG_VERIFY: CommandSpec = {
  name: "log verify",
  group: "report",
  summary: "check that no receipt was changed, lost or damaged, and print the head of the chain",
  options: [
    {
      flags: "--head <hash>",
      description: "a head that was printed earlier: is it still part of the chain?",
    },
  ],
  examples: ["frugal log verify"],
  load: () => import("../actions/log-verify.ts").then((module) => module.logVerify),
};

export const LOG_EXPORT: CommandSpec = {
  name: "log export",
  group: "report",
  summary: "write all receipts as JSON, CSV or CodeCarbon's emissions.csv, oldest first",
  options: [
    { flags: "--format <format>", description: "default: json", choices: ["json", "csv", "emissions-csv"] },
    { flags: "--output <file>", description: "write there instead of to standard output" },
    ...FILTERS,
  ],
  examples: ["frugal log export --format csv --output receipts.csv", "frugal log export --since 2026-01-01"],
  load: () => import("../actions/log-export.ts").then((module) => module.logExport),
};

export const LOG_REPAIR: CommandSpec = {
  name: "log repair",
  group: "report",
  summary: "gather every whole receipt of a damaged ledger into a new database; the damaged one is kept",
  options: [],
  examples: ["frugal log repair"],
  load: () => import("../actions/log-repair.ts").then((module) => module.logRepair),
};
