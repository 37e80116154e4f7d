import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";
import { EMISSIONS_OPTIONS } from "../emissions-options.ts";
import { wholeNumber } from "../option-parsers.ts";
import { badOption } from "../program.ts";

const share =
  (flag: string) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= 0 && value <= 1) return value;
    throw badOption(flag, text, "give a number from 0 to 1");
  };

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 100) return value;
  throw badOption("--temperature", text, "give a number such as 0.7; 0 always takes the likeliest token");
}

export const RUN: CommandSpec = {
  name: "run",
  group: "reuse",
  summary: "run an open model on texts, images or sounds, and measure it",
  arguments: [
    {
      name: "[task]",
      description: "what to do: text-classification, feature-extraction, …; an adapter knows",
    },
  ],
  options: [
    {
      flags: "-m, --model <folder|id>",
      description: "a model folder, or a hub id as owner/name; with --adapter, another base than it names",
    },
    { flags: "--adapter <folder>", description: "run what frugal tune or PEFT left there, on its base" },
    {
      flags: "--task <name>",
      description: "the same as the first word: what an adapter does that does not say so",
    },
    {
      flags: "-i, --input <text|file|->",
      description: "a text, a file (lines, JSON lines, an image, a WAV) or standard input; may be repeated",
      repeatable: true,
      required: true,
    },
    {
      flags: "--dtype <type>",
      description: "weights to open: q8, q4, fp32 … (default: quantized where there are any)",
    },
    { flags: "--field <name>", description: "field of a JSON line that holds the text (default: text)" },
    { flags: "--limit <n>", description: "only the first n items", parse: wholeNumber("--limit") },
    { flags: "--top <n>", description: "labels or answers per item", parse: wholeNumber("--top") },
    {
      flags: "--label <text>",
      description: "a label of your own, for zero-shot tasks; may be repeated",
      repeatable: true,
    },
    { flags: "--question <text>", description: "for tasks that answer questions about their inputs" },
    {
      flags: "--threshold <score>",
      description: "leave out what is found with a lower score",
      parse: share("--threshold"),
    },
    {
      flags: "--max-new-tokens <n>",
      description: "the most that a generating model may write",
      parse: wholeNumber("--max-new-tokens"),
    },
    {
      flags: "--temperature <number>",
      description: "draw tokens by chance, the more so the higher; 0: always the likeliest",
      parse: temperature,
    },
    {
      flags: "--top-p <share>",
      description: "draw from the likeliest tokens that together have this share",
      parse: share("--top-p"),
    },
    { flags: "--seed <n>", description: "what chance depends on", parse: wholeNumber("--seed") },
    { flags: "--chat", description: "each text is what a user says, in the model's chat template" },
    {
      flags: "--max-tokens <n>",
      description: "cut texts after n tokens",
      parse: wholeNumber("--max-tokens"),
    },
    { flags: "--from <language>", description: "language of the input, as the model names it" },
    { flags: "--to <language>", description: "language to translate to, as the model names it" },
    {
      flags: "--pooling <kind>",
      description: "how a text's vectors become one",
      choices: ["mean", "cls", "last_token"],
    },
    { flags: "--save <folder>", description: "where pictures and sounds that a model makes are written" },
    ...CARBON_OPTIONS,
    ...EMISSIONS_OPTIONS,
  ],
  examples: [
    'frugal run feature-extraction --model ./MiniLM --input "A red fox." --json',
    "frugal run automatic-speech-recognition -m ./moonshine-tiny -i speech.wav",
    "frugal run text-classification -m ./my-model -i mails.jsonl --field body",
    "frugal run --adapter ./mails-lora -i mails.jsonl --field body",
  ],
  load: () => import("../actions/run.ts").then((module) => module.run),
};
