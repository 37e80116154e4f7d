/** Few labelled texts: adapters learn to bring texts of equal labels together, and a head is fitted on the vectors (SetFit). */
import { FrugalError } from "../../core/error.ts";
import { contrastivePairs } from "../../learn/data/contrastive-pairs.ts";
import type { EncodedTexts } from "../../learn/data/encode-texts.ts";
import { type FittedHead, fitHead } from "../../learn/fitted-head.ts";
import { cosineSimilarity } from "../../learn/losses/contrastive.ts";
import { meanPool } from "../../models/encoder/pool.ts";
import type { TaskHead } from "./encoder-head.ts";
import type { ItemAnswers } from "./judge-answers.ts";
import type { Recipe } from "./recipe.ts";

export interface FewShot {
  /** What steps learn from. */
  readonly pairs: EncodedTexts;
  readonly head: TaskHead;
  /** @param vectors of the labelled texts, in their order. */
  fit(vectors: readonly ItemAnswers[]): Promise<FittedHead>;
}

/** @throws "bad-option" for other labels than one class for each text, and for too many texts. */
export function openFewShot(
  texts: EncodedTexts,
  { seed, pairsPerText }: Pick<Recipe, "seed" | "pairsPerText">,
): FewShot {
  if (texts.layout !== "class") {
    throw new FrugalError({
      code: "bad-option",
      what: "these examples cannot be learned by --method setfit",
      why: "it pairs texts by their labels, of which each text has one",
      remedy: "use --method lora",
    });
  }
  return {
    pairs: contrastivePairs(texts, { seed, perText: pairsPerText }),
    head: { pooling: "mean", shapes: new Map(), head: meanPool, loss: cosineSimilarity },
    fit: (vectors) =>
      fitHead(
        vectors.map(([vector]) => vector!),
        texts.items.map(({ labels }) => labels[0]!),
        texts.names.length,
      ),
  };
}
