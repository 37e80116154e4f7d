/** What weights of few bits have in common: two values to a byte, and samples of them. */
import { ONNX_FLOAT } from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { GradientView } from "../node-view.ts";
import type { SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** Bytes of two values of four bits each, the first in the low half, as numbers: the last axis doubles. */
export function halves(view: GradientView, bytes: string): string {
  const { sub, times, unsqueeze, reshape } = expressions(view.build);
  const both = view.op("Cast", [bytes], { to: ONNX_FLOAT });
  const high = view.op("Floor", [times(both, 1 / 16)]);
  const low = sub(both, times(high, 16));
  const shape = view.build.shape(bytes);
  const pairs = view.op("Concat", [unsqueeze(low, shape.length), unsqueeze(high, shape.length)], {
    axis: -1,
  });
  return reshape(pairs, [...shape.slice(0, -1).map(() => 0), elements([shape.at(-1)!]) * 2]);
}

/** Bytes that look like weights. */
export const bytes = (...shape: number[]): SampleInput => ({
  shape,
  dtype: "uint8",
  values: Array.from({ length: elements(shape) }, (_, at) => (at * 37 + 11) % 256),
  constant: true,
});
export const scales = (...shape: number[]): SampleInput => ({ shape, range: [0.01, 0.2], constant: true });
