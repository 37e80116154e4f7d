import { parsePue, parseWue } from "../carbon-options.ts";
import type { CommandSpec, OptionSpec } from "../command.ts";
import { badOption } from "../program.ts";

const count =
  (option: string, least: 0 | 1) =>
  (text: string): number => {
    if (/^\d{1,12}$/.test(text) && Number(text) >= least) return Number(text);
    throw badOption(option, text, `give a whole number from ${least} up`);
  };

function bits(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 1 && value <= 32) return value;
  throw badOption("--bits", text, "give the bits per weight: 4, 8, 16");
}

function region(text: string): string {
  if (text !== "metadata") return text;
  throw badOption("--cloud", text, "name the provider's region: this machine's own is not where it computes");
}

/** Not those of a measured run: what the environment says about this machine does not hold for the provider's. */
const PLACE_OPTIONS: readonly OptionSpec[] = [
  { flags: "--zone <zone>", description: "grid zone of the provider's data centre: FR, US-CAL-CISO …" },
  {
    flags: "--cloud <region>",
    description: "its cloud region in place of a zone: aws:eu-west-3",
    parse: region,
  },
  {
    flags: "--pue <ratio>",
    description: "its facility energy ÷ IT energy, from 1 up (default: what the cloud publishes)",
    parse: parsePue,
  },
  { flags: "--wue <ratio>", description: "its litres of water per kWh of IT energy", parse: parseWue },
];

export const ESTIMATE: CommandSpec = {
  name: "estimate",
  group: "measure",
  summary: "estimate the energy and carbon of requests to a hosted model, with the error of the method",
  options: [
    { flags: "-m, --model <id>", description: "a measured open model, or any name beside --active-params" },
    {
      flags: "--input-tokens <n>",
      description: "tokens of the prompt, without cached ones (default: 0)",
      parse: count("--input-tokens", 0),
    },
    {
      flags: "--output-tokens <n>",
      description: "tokens that the model writes, hidden reasoning too",
      parse: count("--output-tokens", 0),
      required: true,
    },
    {
      flags: "--requests <n>",
      description: "how many such requests (default: 1)",
      parse: count("--requests", 1),
    },
    {
      flags: "--active-params <n>",
      description: "parameters that a token uses: 3.6B, or a range where nobody tells: 10B-200B",
    },
    { flags: "--total-params <n>", description: "all parameters: 21B, or a range" },
    { flags: "--bits <n>", description: "bits per weight: 4, 8, 16", parse: bits },
    { flags: "--gpu <kind>", description: "what the provider computes on", choices: ["h100", "b200"] },
    { flags: "--gpus <n>", description: "GPUs that hold the model together", parse: count("--gpus", 1) },
    {
      flags: "--concurrency <n>",
      description:
        "requests that are answered at the same time (default: 64, with 16 to 256 in the interval)",
      parse: count("--concurrency", 1),
    },
    ...PLACE_OPTIONS,
  ],
  examples: [
    "frugal estimate --model openai/gpt-oss-20b --output-tokens 300 --zone FR",
    "frugal estimate --active-params 10B-200B --output-tokens 400 --json",
  ],
  load: () => import("../actions/estimate.ts").then((module) => module.estimate),
};
