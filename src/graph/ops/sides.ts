/** Squeeze, Unsqueeze, Flatten: sides of one come and go, sides are merged. */

import { noFlops } from "../flops.ts";
import { reshape } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { dimProduct, fromFront, isStatic } from "../shapes.ts";
import type { Values } from "../values.ts";

/** An attribute before opset 13, an input since. */
function givenAxes(node: NodeView): readonly number[] | undefined {
  if (node.has(1)) return node.constant(1);
  return node.hasAttribute("axes") ? node.ints("axes") : undefined;
}

function squeezedAxes(node: NodeView): readonly number[] {
  const shape = node.shape(0);
  const axes = givenAxes(node)?.map((axis) => node.axisOf(axis, shape.length));
  const wrong = axes?.find((axis) => typeof shape[axis] === "number" && shape[axis] !== 1);
  if (wrong !== undefined) node.fail(`side ${wrong} of [${shape.join(", ")}] is not 1`);
  return axes ?? shape.flatMap((side, axis) => (side === 1 ? [axis] : []));
}

function unsqueezedAxes(node: NodeView): readonly number[] {
  const axes = givenAxes(node) ?? node.fail("it has no axes");
  const rank = node.rank(0) + axes.length;
  return axes.map((axis) => node.axisOf(axis, rank)).toSorted((a, b) => a - b);
}

const squeezed = (node: NodeView): Shape => {
  const axes = squeezedAxes(node);
  return node.shape(0).filter((_, axis) => !axes.includes(axis));
};
const unsqueezed = (node: NodeView): Shape =>
  unsqueezedAxes(node).reduce<Shape>((shape, axis) => shape.toSpliced(axis, 0, 1), node.shape(0));

function flattened(node: NodeView): Shape {
  const axis = fromFront(node.int("axis", 1), node.rank(0));
  return [dimProduct(node.shape(0).slice(0, axis)), dimProduct(node.shape(0).slice(axis))];
}

/** The same values in the shape that is inferred. */
const reshaped =
  (shapeOf: (node: NodeView) => Shape) =>
  (node: NodeView): readonly Values[] | undefined => {
    const [from, shape] = [node.values(0), shapeOf(node)];
    return from && isStatic(shape) ? [{ ...from, shape }] : undefined;
  };

const axes = (...values: number[]): SampleInput => ({
  shape: [values.length],
  dtype: "int64",
  values,
  constant: true,
});

export const SIDES: readonly OpRow[] = [
  {
    op: "Squeeze",
    attributes: { axes: "ints" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: squeezed(node) }],
    evaluate: reshaped(squeezed),
    gradient: (view) => [view.op("Unsqueeze", [view.dy, view.build.ints(squeezedAxes(view))])],
    flops: noFlops,
    samples: [
      { name: "one side", inputs: [{ shape: [2, 1, 3, 1] }, axes(1)] },
      { name: "two sides from the back", inputs: [{ shape: [2, 1, 3, 1] }, axes(-1, -3)] },
      { name: "whatever is one", inputs: [{ shape: [1, 2, 1] }] },
    ],
  },
  {
    op: "Unsqueeze",
    attributes: { axes: "ints" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: unsqueezed(node) }],
    evaluate: reshaped(unsqueezed),
    gradient: (view) => [view.op("Squeeze", [view.dy, view.build.ints(unsqueezedAxes(view))])],
    flops: noFlops,
    samples: [
      { name: "in front", inputs: [{ shape: [2, 3] }, axes(0)] },
      { name: "between and behind", inputs: [{ shape: [2, 3] }, axes(-1, 1)] },
      { name: "a scalar", inputs: [{ shape: [] }, axes(0)] },
    ],
  },
  {
    op: "Flatten",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: flattened(node) }],
    evaluate: reshaped(flattened),
    gradient: (view) => [reshape(view, view.dy, view.shape(0))],
    flops: noFlops,
    samples: [
      { name: "behind the first side", inputs: [{ shape: [2, 3, 4] }] },
      { name: "all", inputs: [{ shape: [2, 3] }], attributes: { axis: 0 } },
      { name: "before the last side", inputs: [{ shape: [2, 3, 4] }], attributes: { axis: -1 } },
    ],
  },
];
