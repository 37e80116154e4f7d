import { EXPORT_FORMATS, parseFormats } from "../../../recycle/export/export-formats.ts";
import { optionOf } from "../../../recycle/tune/option-name.ts";
import { RECIPE_FIELDS, type RecipeField } from "../../../recycle/tune/recipe-fields.ts";
import { CARBON_OPTIONS } from "../carbon-options.ts";
import type { CommandSpec, OptionSpec } from "../command.ts";

/** What stands behind an option. */
const PLACES: Readonly<Record<RecipeField["kind"], string>> = {
  text: "value",
  count: "n",
  number: "number",
  share: "part",
  flag: "",
  list: "names",
  mapping: "pairs",
  places: "numbers",
  ranks: "pairs",
  alphas: "pairs",
};
const PATHS: Readonly<Record<string, string>> = {
  model: "folder",
  data: "file",
  validation: "file",
  out: "folder",
};

/** Texts stay texts here: the recipe's own check converts and refuses them, wherever they come from. */
const option = ({ name, kind, description, choices, default: usual, defaults }: RecipeField): OptionSpec => ({
  flags: kind === "flag" ? optionOf(name) : `${optionOf(name)} <${PATHS[name] ?? PLACES[kind]}>`,
  description: `${description}${choices === undefined ? "" : ` (${choices.join(", ")})`}${usual === undefined ? "" : ` (default: ${[usual, ...Object.entries(defaults ?? {}).map(([method, value]) => `${value} for ${method}`)].join("; ")})`}`,
});

export const TUNE: CommandSpec = {
  name: "tune",
  group: "recycle",
  summary:
    "adapt a model to your own examples (LoRA), measured, with a forecast before and a result that can be undone",
  arguments: [{ name: "[recipe]", description: "a YAML or JSON file with the same fields as the options" }],
  options: [
    ...RECIPE_FIELDS.map(option),
    { flags: "--resume", description: "go on with the checkpoint in the result's folder" },
    { flags: "--dry-run", description: "tell what the run would be and what it would cost, and end" },
    {
      flags: "--export <formats>",
      description: `for other programs as well: some of ${EXPORT_FORMATS.join(", ")}, with commas between them`,
      parse: (text) => parseFormats("--export", text),
    },
    ...CARBON_OPTIONS,
  ],
  examples: [
    "frugal tune recipe.yaml --data mails.csv --out ./mails-lora",
    "frugal tune recipe.yaml --epochs 5 --resume",
    "frugal tune recipe.yaml --export onnx,merged",
  ],
  load: () => import("../actions/tune.ts").then((module) => module.tune),
};
