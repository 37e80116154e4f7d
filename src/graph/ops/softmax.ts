/** Softmax and LogSoftmax. */
import { perInput, SOFTMAX_FLOPS } from "../flops.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, Sample } from "../op-row.ts";

/** One axis since opset 13; before, all from `axis` on, as if the tensor were a matrix. */
function axesOf(node: NodeView): readonly number[] {
  if (node.opset >= 13) return [node.axis("axis", -1)];
  const first = node.axis("axis", 1);
  return Array.from({ length: node.rank(0) - first }, (_, at) => first + at);
}

const summed = (view: GradientView, value: string): string =>
  view.op("ReduceSum", [value, view.build.ints(axesOf(view))], { keepdims: 1 });

const SAMPLES: readonly Sample[] = [
  { name: "the last axis", inputs: [{ shape: [2, 3] }] },
  { name: "an inner axis", inputs: [{ shape: [2, 4, 3] }], attributes: { axis: 1 } },
  { name: "one element each", inputs: [{ shape: [3, 1] }] },
];

const row = (op: string, gradient: (view: GradientView) => string): OpRow => ({
  op,
  attributes: { axis: "int" },
  infer: (node) => [node.type(0)],
  gradient: (view) => [gradient(view)],
  // The maximum, a difference, the exponential, the sum, a quotient.
  flops: perInput(SOFTMAX_FLOPS),
  samples: SAMPLES,
});

export const SOFTMAX: readonly OpRow[] = [
  // y (dy − Σ dy y)
  row("Softmax", (view) => {
    const weighted = view.op("Mul", [view.dy, view.output()]);
    const mean = view.op("Mul", [view.output(), summed(view, weighted)]);
    return view.op("Sub", [weighted, mean]);
  }),
  // dy − exp(y) Σ dy
  row("LogSoftmax", (view) => {
    const shares = view.op("Exp", [view.output()]);
    return view.op("Sub", [view.dy, view.op("Mul", [shares, summed(view, view.dy)])]);
  }),
];
