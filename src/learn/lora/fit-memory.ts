/** Which memory mode a training run takes, and whether it fits at all: known before the first step. */
import { FrugalError } from "../../core/error.ts";
import { formatBytes } from "../../core/format-quantity.ts";
import { type Bytes, bytes } from "../../core/quantity.ts";
import type { MemoryForecast } from "../../graph/summary/forecast.ts";
import type { MemoryMode } from "./assemble-step.ts";

/** From the fastest, which computes nothing twice, to the smallest. */
const MODES: readonly MemoryMode[] = ["keep", "light", "recompute"];
/** Steps took up to a tenth more than their forecast (the table in docs/graph.md), and the rest of the process takes some as well. */
const MARGIN = 1.15;
/** A weight of int8 beside one of float32, with its scale (`store-base.ts`): blocks of 32 with 4 bytes each. */
const INT8_SHARE = (1 + 4 / 32) / 4;

export interface FittingMemory {
  readonly mode: MemoryMode;
  readonly forecast: MemoryForecast;
}

/**
 * @param wanted a mode, or the fastest one that fits.
 * @param forecastOf the run in a mode; asked only for modes that are tried.
 * @throws "memory-too-small", saying what would fit.
 */
export function fitMemory(
  wanted: MemoryMode | "auto",
  forecastOf: (mode: MemoryMode) => MemoryForecast,
  budget: Bytes,
): FittingMemory {
  const fits = ({ peak }: MemoryForecast): boolean => MARGIN * peak <= budget;
  const first = wanted === "auto" ? "keep" : wanted;
  const tried: FittingMemory[] = [];
  for (const mode of MODES.slice(MODES.indexOf(first))) {
    const found = { mode, forecast: forecastOf(mode) };
    if (!fits(found.forecast)) tried.push(found);
    else if (wanted === "auto" || mode === wanted) return found;
    else throw tooSmall(tried[0]!, budget, [`memory mode ${mode} (${needed(found.forecast)})`]);
  }
  const last = tried.at(-1)!;
  throw tooSmall(tried[0]!, budget, [...smallerBatch(last, budget), ...smallerBase(last, budget)], last);
}

const needed = ({ peak }: Pick<MemoryForecast, "peak">): string => formatBytes(bytes(MARGIN * peak));

/** Activations grow with the tokens of a batch, or faster: the share of them that fits is a share of the tokens. */
function smallerBatch({ forecast }: FittingMemory, budget: Bytes): readonly string[] {
  const { weights, runtime, activations } = forecast;
  const percent = Math.floor((100 * (budget / MARGIN - weights - runtime)) / activations);
  return percent < 1 ? [] : [`batches or sequences of ${percent} % of these tokens`];
}

function smallerBase({ forecast: { weights, peak } }: FittingMemory, budget: Bytes): readonly string[] {
  const smaller = { peak: peak - (1 - INT8_SHARE) * weights };
  return MARGIN * smaller.peak > budget ? [] : [`a frozen base of int8 (${needed(smaller)})`];
}

function tooSmall(
  { mode, forecast }: FittingMemory,
  budget: Bytes,
  fitting: readonly string[],
  last?: FittingMemory,
): FrugalError {
  const least =
    last === undefined || last.mode === mode
      ? ""
      : `, and ${needed(last.forecast)} with memory mode ${last.mode}`;
  return new FrugalError({
    code: "memory-too-small",
    what: `this training run needs ${needed(forecast)} with memory mode ${mode}${least}`,
    why: `${formatBytes(budget)} are free for it`,
    remedy:
      fitting.length > 0
        ? `what would fit: ${fitting.join("; ")}`
        : "choose a smaller model, or free memory: even with very small batches this one does not fit",
  });
}
