/** Which token comes next: the likeliest, or one by chance (huggingface/transformers, generation/logits_process.py). */
import { seededRandom } from "../../core/random.ts";
import type { RunOptions } from "../../engines/engine.ts";
import { finite } from "../../engines/pipeline-output.ts";

export type PickToken = (logits: Float32Array) => number;

/** Without a temperature above 0 always the likeliest token. `topP` keeps the likeliest tokens that together have this share. */
export function tokenPicker({ temperature = 0, topP = 1, seed = 0 }: RunOptions): PickToken {
  if (temperature === 0) return likeliest;
  const random = seededRandom(seed);
  return (logits) => {
    const most = logits[likeliest(logits)]!;
    const weights = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]!);
    let kept = 0;
    let share = 0;
    while (kept < order.length && share < topP * total) share += weights[order[kept++]!]!;
    let drawn = random.next() * share;
    for (let at = 0; at < kept; at++) {
      drawn -= weights[order[at]!]!;
      if (drawn < 0) return order[at]!;
    }
    return order[kept - 1]!;
  };
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let at = 0; at < logits.length; at++) if (finite(logits[at], `logit ${at}`) > logits[best]!) best = at;
  return best;
}
