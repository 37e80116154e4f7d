// Writes docs/commands.md from the command table; with --check it only says whether the file is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GROUP_TITLES } from "../dist/apps/cli/command.js";
import { COMMANDS } from "../dist/apps/cli/commands.js";

const path = join(dirname(fileURLToPath(import.meta.url)), "..", "docs", "commands.md");

const cell = (text) => text.replaceAll("|", "\\|");
const usage = (spec) =>
  ["frugal", spec.name, ...(spec.arguments ?? []).map((argument) => argument.name)].join(" ");

function optionRow(option) {
  const extra = [
    option.required ? "required" : "",
    option.repeatable ? "repeatable" : "",
    option.choices ? `one of ${option.choices.join(", ")}` : "",
    option.default === undefined ? "" : `default ${option.default}`,
  ].filter(Boolean);
  return `| \`${cell(option.flags)}\` | ${cell(option.description)}${extra.length === 0 ? "" : ` (${cell(extra.join("; "))})`} |`;
}

function section(spec) {
  const lines = [
    `### frugal ${spec.name}`,
    "",
    `${spec.summary[0].toUpperCase()}${spec.summary.slice(1)}.`,
    "",
    "```",
    usage(spec),
    "```",
    "",
  ];
  const rows = [
    ...(spec.arguments ?? []).map(
      (argument) => `| \`${cell(argument.name)}\` | ${cell(argument.description)} |`,
    ),
    ...spec.options.map(optionRow),
  ];
  if (rows.length > 0) lines.push("| argument or option | meaning |", "|---|---|", ...rows, "");
  if (spec.examples.length > 0) lines.push("```", ...spec.examples, "```", "");
  return lines;
}

const text = [
  "# Commands",
  "",
  "Generated from the command table by `npm run docs`; do not edit.",
  "",
  "Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 “no” (nothing found, floor not met), 2 error, 70 a bug of ours, 128 + signal when interrupted;",
  "`track` passes the command's own code through, and `monitor` ends with 0 when it is stopped. Every command also takes `--json` (data as JSON), `-q, --quiet` (no progress, no notes) and `-h, --help`.",
  "",
  ...Object.entries(GROUP_TITLES).flatMap(([group, title]) => {
    const specs = COMMANDS.filter((spec) => spec.group === group);
    return specs.length === 0 ? [] : [`## ${title.replace(":", "")}`, "", ...specs.flatMap(section)];
  }),
]
  .join("\n")
  .trimEnd()
  .concat("\n");

if (process.argv.includes("--check")) {
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.error("docs/commands.md is stale: run npm run docs");
    process.exit(1);
  }
} else writeFileSync(path, text);
