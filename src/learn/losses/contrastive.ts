/**
 * Losses of sentence embeddings as sentence-transformers defines them (sentence_transformers/sentence_transformer/losses), summed.
 * Embeddings lie in one matrix [parts · items, width]: all anchors, then what belongs to each, in the same order.
 */
import type { Builder } from "../../graph/builder.ts";
import { expressions } from "../../graph/expressions.ts";
import { normalize } from "../../models/encoder/pool.ts";
import { meanSquaredError } from "./classification.ts";
import type { Loss } from "./loss.ts";

/** Defaults of MultipleNegativesRankingLoss and TripletLoss. */
export const RANKING_SCALE = 20;
export const TRIPLET_MARGIN = 5;
/** Least square that a root is taken of: the root's slope is infinite at 0. */
const LEAST_SQUARE = 1e-24;

/**
 * Every anchor picks its own positive among all positives (and negatives) of the batch, by cosine · scale. A batch cannot be split
 * without a change of its loss: others' texts are the negatives.
 * @param parts 2 for anchors and positives, 3 and more with negatives.
 */
export function multipleNegativesRanking(
  build: Builder,
  embeddings: string,
  { parts = 2, scale = RANKING_SCALE }: { parts?: number; scale?: number } = {},
): Loss {
  const { slice, matmul, times, transpose } = expressions(build);
  const items = itemsOf(build, embeddings, parts);
  const unit = normalize(build, embeddings);
  const anchors = slice(unit, 0, 0, items);
  const others = slice(unit, 0, items, parts * items);
  const scores = times(matmul(anchors, transpose(others, [1, 0])), scale); // [items, (parts − 1) · items]
  const likelihood = build.op("LogSoftmax", [scores], { axis: -1 });
  const own = build.constant({
    dtype: "int64",
    shape: [items, 1],
    values: Array.from({ length: items }, (_, at) => at),
  });
  const picked = build.op("GatherElements", [likelihood, own], { axis: 1 });
  const loss = build.op("Neg", [build.op("ReduceSum", [picked], { keepdims: 0 })]);
  return { loss, kept: build.scalar(items) };
}

/** The squared distance of each pair's cosine to a wanted one. Adds the input labels (float32 [items]); NaN counts nowhere. */
export function cosineSimilarity(build: Builder, embeddings: string): Loss {
  const { slice } = expressions(build);
  const items = itemsOf(build, embeddings, 2);
  const unit = normalize(build, embeddings);
  return meanSquaredError(build, dots(build, slice(unit, 0, 0, items), slice(unit, 0, items, 2 * items)));
}

/** A negative shall lie at least `margin` further from its anchor than the positive. */
export function triplet(
  build: Builder,
  embeddings: string,
  {
    distance = "euclidean",
    margin = TRIPLET_MARGIN,
  }: { distance?: "euclidean" | "cosine"; margin?: number } = {},
): Loss {
  const { slice, sub, plus, times, sqrt } = expressions(build);
  const items = itemsOf(build, embeddings, 3);
  const compared = distance === "cosine" ? normalize(build, embeddings) : embeddings;
  const [anchors, positives, negatives] = [0, 1, 2].map((part) =>
    slice(compared, 0, part * items, (part + 1) * items),
  ) as [string, string, string];
  const apart = (a: string, b: string): string => {
    if (distance === "cosine") return plus(times(dots(build, a, b), -1), 1);
    const off = sub(a, b);
    return sqrt(build.op("Max", [dots(build, off, off), build.scalar(LEAST_SQUARE)]));
  };
  const short = plus(sub(apart(anchors, positives), apart(anchors, negatives)), margin);
  const loss = build.op("ReduceSum", [build.op("Relu", [short])], { keepdims: 0 });
  return { loss, kept: build.scalar(items) };
}

const dots = (build: Builder, a: string, b: string): string =>
  build.op("ReduceSum", [build.op("Mul", [a, b]), build.ints([1])], { keepdims: 0 });

function itemsOf(build: Builder, embeddings: string, parts: number): number {
  const rows = build.shape(embeddings)[0] as number;
  if (rows % parts !== 0) throw new Error(`${rows} embeddings are no ${parts} equal parts`);
  return rows / parts;
}
