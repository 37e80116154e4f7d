/** How well a decoder foretells texts that were held out. */
import { seededRandom } from "../../core/random.ts";
import { bootstrapInterval } from "../../score/bootstrap-interval.ts";
import type { Judgement } from "./judge-answers.ts";

/** Of one example: the summed loss of its learned tokens, and how many there are. */
export interface ExampleLoss {
  readonly loss: number;
  readonly tokens: number;
}

const SEED = 1;

/** Perplexity, exp of the mean loss of a token; its interval is of examples drawn anew, since tokens of one text hang together. */
export function judgeText(examples: readonly ExampleLoss[]): Judgement {
  const meanOf = (places: Iterable<number>): number => {
    let [loss, tokens] = [0, 0];
    for (const place of places) {
      loss += examples[place]!.loss;
      tokens += examples[place]!.tokens;
    }
    return loss / tokens;
  };
  const { value, low, high } = bootstrapInterval(examples.length, meanOf, { random: seededRandom(SEED) });
  return {
    loss: value,
    score: -value,
    metrics: {
      perplexity: Math.exp(value),
      perplexity_low: Math.exp(low),
      perplexity_high: Math.exp(high),
    },
    hits: [],
  };
}
