/** Trilu, OneHot: what is kept or marked by its place. */
import { noFlops } from "../flops.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, SampleInput } from "../op-row.ts";
import { fromFront } from "../shapes.ts";

/** The new axis stands at `axis` of the result, -1 behind all others. */
function markedShape(node: NodeView): Shape {
  const depth = node.values(1)?.values[0];
  const axis = fromFront(node.int("axis", -1), node.rank(0) + 1);
  return node.shape(0).toSpliced(axis, 0, depth ?? node.unknownSide(axis));
}

/** Indices carry no gradient; the two values, off and on, get the sums of where they stand. */
function oneHotGradient(view: GradientView): Gradients {
  if (!view.needs(2)) return [];
  const { dtype } = view.type(2);
  const total = (mark: readonly number[]): string => {
    const values = view.build.constant({ dtype, shape: [2], values: mark });
    const marks = view.op("OneHot", [view.input(0), view.input(1), values], { axis: view.int("axis", -1) });
    const sum = view.op("ReduceSum", [view.op("Mul", [marks, view.dy])], { keepdims: 0 });
    return view.op("Reshape", [sum, view.build.ints([1])]);
  };
  return [undefined, undefined, view.op("Concat", [total([1, 0]), total([0, 1])], { axis: 0 })];
}

const int = (value: number): SampleInput => ({ shape: [], dtype: "int64", values: [value], constant: true });

export const MARKING: readonly OpRow[] = [
  {
    op: "Trilu",
    attributes: { upper: "int" },
    infer: (node) => [node.type(0)],
    gradient: (view) => [
      view.op("Trilu", [view.dy, ...(view.has(1) ? [view.input(1)] : [])], { upper: view.int("upper", 1) }),
    ],
    flops: noFlops,
    samples: [
      { name: "above the diagonal", inputs: [{ shape: [3, 4] }] },
      {
        name: "strictly below it, in a batch",
        inputs: [{ shape: [2, 3, 3] }, int(-1)],
        attributes: { upper: 0 },
      },
      { name: "strictly above it", inputs: [{ shape: [3, 3] }, int(1)], attributes: { upper: 1 } },
    ],
  },
  {
    op: "OneHot",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(2).dtype, shape: markedShape(node) }],
    gradient: oneHotGradient,
    flops: noFlops,
    samples: [
      {
        name: "behind",
        inputs: [{ shape: [2, 2], dtype: "int64", values: [0, 2, -1, 1] }, int(3), { shape: [2] }],
      },
      {
        name: "in front",
        inputs: [{ shape: [3], dtype: "int64", values: [0, 3, 1] }, int(4), { shape: [2] }],
        attributes: { axis: 0 },
      },
    ],
  },
];
