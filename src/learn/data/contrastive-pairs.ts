/** Few labelled texts as many pairs of texts, as SetFit draws them (huggingface/setfit, sampler.py; Tunstall et al. 2022, arxiv.org/abs/2209.11055). */
import { FrugalError } from "../../core/error.ts";
import { seededRandom, shuffled } from "../../core/random.ts";
import type { EncodedItem, EncodedTexts } from "./encode-texts.ts";

/** Pairs grow with the square: here they are two millions, and a classifier that learns from the texts themselves is the better way. */
const MOST_TEXTS = 2000;

export interface PairOptions {
  readonly seed: number;
  /** Most pairs of equal labels, and of unlike ones, for each text (`num_iterations`). */
  readonly perText: number;
}

/**
 * All pairs, each text with itself among them, shuffled by the seed; one of equal labels (1) and one of unlike ones (0) in turn. The rarer
 * kind begins again when it is through ("oversampling").
 * @param texts one class for each. @throws "bad-option" for too many texts.
 */
export function contrastivePairs(texts: EncodedTexts, { seed, perText }: PairOptions): EncodedTexts {
  const { items } = texts;
  if (items.length > MOST_TEXTS) {
    throw new FrugalError({
      code: "bad-option",
      what: `setfit cannot pair ${items.length} texts`,
      why: `it is made for few examples of each class, and pairs up to ${MOST_TEXTS} texts`,
      remedy: "use --method lora",
    });
  }
  const all = items.flatMap((_, a) => items.slice(a).map((_, by) => [a, a + by] as const));
  const isEqual = ([a, b]: readonly [number, number]): boolean => items[a]!.labels[0] === items[b]!.labels[0];
  const mixed = shuffled(all, seededRandom(seed));
  const equal = mixed.filter(isEqual);
  const unlike = mixed.filter((pair) => !isEqual(pair));
  const count = Math.min(perText * items.length, Math.max(equal.length, unlike.length));
  const pairOf = ([a, b]: readonly [number, number], label: number): EncodedItem => ({
    texts: [items[a]!.texts[0]!, items[b]!.texts[0]!],
    labels: [label],
  });
  const pairs = Array.from({ length: count }, (_, at) => [
    pairOf(equal[at % equal.length]!, 1),
    pairOf(unlike[at % unlike.length]!, 0),
  ]).flat();
  return { ...texts, layout: "score", items: pairs, names: [] };
}
