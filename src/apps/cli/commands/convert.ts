import { EXPORT_FORMATS, parseFormats } from "../../../recycle/export/export-formats.ts";
import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec } from "../command.ts";

export const CONVERT: CommandSpec = {
  name: "convert",
  group: "recycle",
  summary: "write a tuned model for other programs, read back and compared with what was tuned",
  options: [
    { flags: "--adapter <folder>", description: "what frugal tune or PEFT left", required: true },
    {
      flags: "--to <formats>",
      description: `some of ${EXPORT_FORMATS.join(", ")}, with commas between them`,
      parse: (text) => parseFormats("--to", text),
      required: true,
    },
    {
      flags: "--out <folder>",
      description: "where it is written; of several formats each gets a folder in it",
      required: true,
    },
    { flags: "-m, --model <folder>", description: "another base than the adapter names" },
    { flags: "--task <name>", description: "what an adapter does that does not say so" },
    ...CARBON_OPTIONS,
  ],
  examples: [
    "frugal convert --adapter ./mails-lora --to onnx --out ./mails-onnx",
    "frugal convert --adapter ./chat-lora --to merged,gguf,mlx --out ./chat",
  ],
  load: () => import("../actions/convert.ts").then((module) => module.convert),
};
