import type { OptionSpec } from "./command.ts";

/** For who comes from CodeCarbon; docs/codecarbon.md. */
export const EMISSIONS_OPTIONS: readonly OptionSpec[] = [
  { flags: "--emissions-csv <file>", description: "add a row to a file like CodeCarbon's emissions.csv" },
  {
    flags: "--codecarbon",
    description: "the same by CodeCarbon's own settings: .codecarbon.config and CODECARBON_*",
  },
];
