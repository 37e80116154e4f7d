/** The README of a model that was adapted here: the metadata that the Hugging Face Hub reads, then what was done, how good it is and what it cost. */
import { formatBytes, formatDuration, formatEnergy, formatMass } from "../core/format-quantity.ts";
import { bytes, gramsCO2e, joules, seconds } from "../core/quantity.ts";
import type { Range, Receipt } from "../receipt/receipt.ts";

export interface CardFacts {
  readonly name: string;
  readonly base: string;
  readonly task: string;
  readonly method: string;
  readonly labels: readonly string[];
  readonly examples: number;
  readonly held: number;
  readonly dataSha256: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** Part of what was decided rightly, with its interval; undefined where nothing is decided. */
  readonly right?: Range & { readonly count: number };
  readonly trained: number;
  readonly steps: number;
  readonly peakBytes: number;
  readonly receipt: Receipt;
}

export function modelCard(facts: CardFacts): string {
  const { receipt, metrics, right } = facts;
  const emissions = receipt.carbon?.emissions_g;
  const head = [
    "---",
    `base_model: ${JSON.stringify(facts.base)}`,
    `base_model_relation: ${facts.method === "full" ? "finetune" : "adapter"}`,
    `library_name: ${facts.method === "full" ? "transformers" : "peft"}`,
    `pipeline_tag: ${facts.task}`,
    ...(emissions === undefined
      ? []
      : [
          "co2_eq_emissions:",
          `  emissions: ${emissions.value}`,
          `  source: ${JSON.stringify(`frugal: ${receipt.energy.status}`)}`,
          "  training_type: fine-tuning",
          `  geographical_location: ${JSON.stringify(receipt.carbon?.zone)}`,
          `  hardware_used: ${JSON.stringify(receipt.hardware.cpu_model)}`,
        ]),
    "---",
  ];
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const rows = Object.entries(metrics).map(([name, value]) => `| ${name} | ${value.toFixed(4)} |`);
  return `${[
    ...head,
    "",
    `# ${facts.name}`,
    "",
    `${facts.base} for ${facts.task}, adapted with [frugal](https://www.npmjs.com/package/frugal) (${facts.method}, ${facts.trained.toLocaleString("en")} trained numbers).`,
    "",
    "## How good",
    "",
    `On ${facts.held} examples that it was not trained on${right === undefined ? "" : `: ${percent(right.value)} of ${right.count} decisions right (95 % interval ${percent(right.low)} … ${percent(right.high)})`}.`,
    "",
    "| metric | value |",
    "| --- | --- |",
    ...rows,
    "",
    "![loss](loss.svg)",
    "",
    "## What it cost",
    "",
    ...costLines(facts),
    "",
    "## How it was made",
    "",
    `${facts.examples} examples (sha256 of the data: \`${facts.dataSha256}\`), ${facts.steps} steps. \`recipe.yaml\` beside this file makes it again: \`frugal tune recipe.yaml\`. Receipt: \`${receipt.id}\`.`,
    ...(facts.labels.length === 0
      ? []
      : ["", `Labels: ${facts.labels.map((label) => `\`${label}\``).join(", ")}`]),
  ].join("\n")}\n`;
}

function costLines({ receipt, peakBytes }: CardFacts): readonly string[] {
  const { energy, carbon } = receipt;
  const range = ({ low, value, high }: Range, write: (value: number) => string): string =>
    `${write(value)} (${write(low)} … ${write(high)})`;
  return [
    energy.total_j === undefined
      ? "- energy: could not be read here"
      : `- energy: ${range(energy.total_j, (value) => formatEnergy(joules(value)))}, ${energy.status}`,
    ...(carbon === undefined
      ? []
      : [
          `- emissions: ${range(carbon.emissions_g, (value) => formatMass(gramsCO2e(value)))}, zone ${carbon.zone}, ${carbon.year}`,
        ]),
    `- time: ${formatDuration(seconds(receipt.duration_s))}, peak memory ${formatBytes(bytes(peakBytes))}`,
  ];
}
