/** Heads that are not trained yet: a ready encoder learns classes of its own with one. */
import { normal, seededRandom } from "../../core/random.ts";
import { elementCount } from "../../formats/tensor-ref.ts";
import { tensorOf } from "../../graph/values.ts";
import type { BertType } from "../bert/config.ts";
import type { WeightLookup } from "../find-weight.ts";

export type HeadShapes = ReadonlyMap<string, readonly number[]>;

/** The default of transformers' initializer_range. ModernBERT's own start would be wider, 1/√hidden (modeling_modernbert.py, _init_weights). */
const SPREAD = 0.02;

type Layers = Readonly<Record<string, readonly [out: number, into: number]>>;
type HeadType = BertType | "modernbert" | "vit";

/** The linear layers of a family's head for whole rows. */
function rowLayers(type: HeadType, hidden: number, labels: number): Layers {
  switch (type) {
    case "roberta":
    case "xlm-roberta":
      return { "classifier.dense": [hidden, hidden], "classifier.out_proj": [labels, hidden] };
    case "distilbert":
      return { pre_classifier: [hidden, hidden], classifier: [labels, hidden] };
    default:
      return { classifier: [labels, hidden] };
  }
}

/**
 * What a family's own head is made of, beside layers that its pre-training has trained already.
 * @param type model_type of config.json. @param what whole rows (or images), or every token.
 */
export function headShapes(
  type: HeadType,
  { hidden, labels, what = "rows" }: { hidden: number; labels: number; what?: "rows" | "tokens" },
): HeadShapes {
  const layers: Layers =
    what === "tokens" ? { classifier: [labels, hidden] } : rowLayers(type, hidden, labels);
  return new Map(
    Object.entries(layers).flatMap(([name, [out, into]]) => [
      [`${name}.weight`, [out, into]],
      [`${name}.bias`, [out]],
    ]),
  );
}

/** Weights of a head are new where the files lack them or have them for another number of classes: normal around 0, biases 0. */
export function withNewHead(lookup: WeightLookup, shapes: HeadShapes, seed: number): WeightLookup {
  const random = seededRandom(seed);
  const made = new Map(
    [...shapes].flatMap(([name, shape]) => {
      const there = lookup(name);
      if (there !== undefined && there.shape.join() === shape.join()) return [];
      const values = Array.from({ length: elementCount(shape) }, () =>
        shape.length === 1 ? 0 : SPREAD * normal(random),
      );
      return [[name, tensorOf({ dtype: "float32", shape, values })] as const];
    }),
  );
  return (name) => made.get(name) ?? lookup(name);
}
