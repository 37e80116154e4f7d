import type { CommandSpec } from "../command.ts";
import { badOption } from "../program.ts";

export const EXPORT_FORMATS = ["prometheus", "otlp", "jsonl", "boamps", "impact-framework"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

function header(text: string): readonly [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n]*)$/.exec(text) ?? [];
  // Not the value: it may be a secret.
  if (name === undefined || value === undefined) throw badOption("--header", "…", "write NAME: VALUE");
  return [name.toLowerCase(), value];
}

export const EXPORT: CommandSpec = {
  name: "export",
  group: "report",
  summary: "hand receipts to other systems: Prometheus, OpenTelemetry, JSON lines, BoAmps, Impact Framework",
  arguments: [{ name: "<receipt...>", description: "files with receipts as JSON, or - for standard input" }],
  options: [
    {
      flags: "--format <format>",
      description: "what the other system reads",
      choices: EXPORT_FORMATS,
      required: true,
    },
    { flags: "--output <file>", description: "write there instead of to standard output" },
    {
      flags: "--push <url>",
      description: "send it to a Pushgateway (prometheus) or a collector (otlp) instead",
    },
    {
      flags: "--header <line>",
      description: "header of the push, as NAME: VALUE; may be repeated",
      parse: header,
      repeatable: true,
    },
    {
      flags: "--facts <file>",
      description: "JSON with what no receipt knows: publisher, data sets, country … (boamps)",
    },
  ],
  examples: [
    "frugal export receipt.json --format boamps --facts facts.json",
    "frugal export receipt.json --format prometheus --push http://localhost:9091",
  ],
  load: () => import("../actions/export.ts").then((module) => module.exportReceipts),
};
