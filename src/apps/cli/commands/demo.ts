import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";
import { badOption } from "../program.ts";

const MOST_SEEDS = 50;

function seedCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_SEEDS) return count;
  throw badOption("--seeds", text, `give a whole number from 1 to ${MOST_SEEDS}`);
}

/** Not in the table of commands: its models and data are dev dependencies, so only a clone of the repository can run it. */
export const DEMO: CommandSpec = {
  name: "demo",
  group: "reuse",
  summary: "find the least energy that does two real jobs, offline: sorting mail, writing down speech",
  options: [
    { flags: "--seeds <n>", description: "splits into training and test mails", default: "5", parse: seedCount },
    { flags: "--out <folder>", description: "where report and models are written", default: "demo-report" },
    ...CARBON_OPTIONS,
  ],
  examples: ["npm run demo", "npm run demo -- --seeds 3 --zone FR"],
  load: () => import("../actions/demo.ts").then((module) => module.demo),
}; // biome-ignore format: one option a line
