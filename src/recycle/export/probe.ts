/** Inputs on which an export is compared with what was trained. */
import { type Random, seededRandom } from "../../core/random.ts";
import { elementCount } from "../../formats/tensor-ref.ts";
import type { PlainTensor } from "../../learn/train/graph-trainer.ts";

const SEED = 1;

export function wholeNumbers(
  shape: readonly number[],
  valueAt: (at: number, random: Random) => number,
): PlainTensor {
  const random = seededRandom(SEED);
  const data = BigInt64Array.from({ length: elementCount(shape) }, (_, at) => BigInt(valueAt(at, random)));
  return { dtype: "int64", shape, data };
}
