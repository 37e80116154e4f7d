/** What is known of a training run before its first step, in lines. */
import { formatBytes, formatDuration, formatEnergy } from "../../core/format-quantity.ts";
import { bytes, joules, seconds } from "../../core/quantity.ts";
import type { LengthFacts } from "../../learn/data/token-facts.ts";
import type { Forecast, Preflight } from "../../recycle/tune/tune-messages.ts";
import { blockChart } from "../../report/block-chart.ts";
import { labelMaskLine } from "../../report/label-mask.ts";

export type EnergyForecast = Forecast & {
  /** Of the steps to come, and of what came before them; absent where nothing tells. */
  readonly energyJ?: number;
  readonly spentJ?: number;
};

/** Characters of each part of an example: two examples stay a few lines of 80 columns. */
const PREVIEW = 120;

/** @param colour of what is learned in the first examples; without it, it stands in brackets. */
export function preflightLines(facts: Preflight, colour: boolean): readonly string[] {
  const { shortest, median, most, longest } = facts.lengths;
  return [
    `data: ${facts.mapping}; ${facts.examples} examples to learn from${facts.pairs === undefined ? "" : ` in ${facts.pairs.toLocaleString("en")} pairs`}, ${facts.held} to judge by${facts.labels.length > 0 ? `, ${facts.labels.length} labels` : ""}`,
    `tokens: ${shortest} … ${median} (half) … ${most} (95 %) … ${longest}; ${facts.truncated} cut${facts.lostLabels > 0 ? `, ${facts.lostLabels} labels lost with them` : ""}; ${Math.round((100 * facts.padding) / facts.tokens)} % only fill up`,
    lengthsLine(facts.lengths),
    ...facts.preview.map((parts) => `learned: ${labelMaskLine(parts, { colour, most: PREVIEW })}`),
    `trained: ${facts.parameters.toLocaleString("en")} numbers${facts.adapted > 0 ? ` in adapters of ${facts.adapted} layers and the head` : ""}, ${facts.steps} steps, memory mode ${facts.memory}${facts.from > 0 ? `, going on from step ${facts.from}` : ""}`,
  ];
}

export const forecastLine = ({ seconds: time, peakBytes, energyJ }: EnergyForecast): string =>
  [
    `forecast: ${formatDuration(seconds(time))}`,
    `${formatBytes(bytes(peakBytes))} of memory`,
    ...(energyJ === undefined ? [] : [`about ${formatEnergy(joules(energyJ))}`]),
  ].join(", ");

/** `lengths: ▁▃█▂ up to 8, 16, 32, 64 tokens` */
const lengthsLine = ({ steps }: LengthFacts): string =>
  `lengths: ${blockChart(steps.map(({ count }) => count))} up to ${steps.map(({ upTo }) => upTo).join(", ")} tokens`;
