/** Runs items through an engine in batches of like length: padding to the longest neighbour is work thrown away. */
import type { Progress } from "../core/progress.ts";
import { silent } from "../core/progress.ts";
import type { Engine, EngineItem, EngineOutput, RunOptions } from "./engine.ts";

/** Outputs come in the order of `items`, and do not depend on it beyond rounding. */
export async function runInBatches(
  engine: Pick<Engine, "facts" | "run">,
  items: readonly EngineItem[],
  options: RunOptions,
  signal?: AbortSignal,
  progress: Progress = silent,
): Promise<EngineOutput[]> {
  const size = engine.facts.batchSize;
  // Longest first: what does not fit in memory fails at once, not after an hour.
  const order = items.map((_, index) => index);
  if (size > 1) order.sort((a, b) => lengthOf(items[b]!) - lengthOf(items[a]!) || a - b);
  const outputs = new Array<EngineOutput>(items.length);
  for (let start = 0; start < order.length; start += size) {
    const batch = order.slice(start, start + size);
    const answers = await engine.run(
      batch.map((index) => items[index]!),
      options,
      signal,
    );
    batch.forEach((index, at) => {
      outputs[index] = answers[at]!;
    });
    progress({ kind: "advance", done: start + batch.length, total: items.length });
  }
  return outputs;
}

const lengthOf = (item: EngineItem): number => (item.kind === "text" ? item.text.length : 0);
