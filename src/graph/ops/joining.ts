/** Concat, Split, Tile: tensors side by side. */
import { indexOf, made, placeOf, rearranged } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { reshape, sides, zeros } from "../gradient-parts.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, SampleInput } from "../op-row.ts";
import { dimProduct, dimSum, isStatic } from "../shapes.ts";
import type { Values } from "../values.ts";

function joinedShape(node: NodeView): Shape {
  const axis = node.axis("axis", 1);
  const shapes = node.node.inputs.map((_, input) => node.shape(input));
  return shapes[0]!.map((side, at) => {
    if (at === axis) return dimSum(shapes.map((shape) => shape[axis] ?? node.fail("ranks differ")));
    const known = shapes.map((shape) => shape[at]).find((one) => typeof one === "number") ?? side;
    const other = shapes.find(
      (shape) => shape[at] === undefined || (typeof shape[at] === "number" && shape[at] !== known),
    );
    return other === undefined
      ? known
      : node.fail(`[${shapes[0]!.join(", ")}] and [${other.join(", ")}] do not fit`);
  });
}

function joined(node: NodeView): readonly Values[] | undefined {
  const parts = node.node.inputs.map((_, input) => node.values(input));
  const shape = joinedShape(node);
  if (!parts.every((part) => part !== undefined) || !isStatic(shape)) return undefined;
  const axis = node.axis("axis", 1);
  const starts = startsOf(parts.map((part) => part.shape[axis]!));
  return made(node.type(0).dtype, shape, (at) => {
    const place = placeOf(at, shape);
    const from = starts.findLastIndex(
      (start, part) => start <= place[axis]! && parts[part]!.shape[axis]! > 0,
    );
    return parts[from]!.values[indexOf(place.with(axis, place[axis]! - starts[from]!), parts[from]!.shape)]!;
  });
}

/** Where each of several stretches begins. */
const startsOf = (lengths: readonly number[]): number[] =>
  lengths.map((_, at) => lengths.slice(0, at).reduce((a, b) => a + b, 0));

function concatGradient(view: GradientView): Gradients {
  const axis = view.axis("axis", 1);
  const lengths = view.node.inputs.map((_, input) => sides(view, view.shape(input))[axis]!);
  return startsOf(lengths).map((start, input) =>
    view.needs(input)
      ? view.op("Slice", [
          view.dy,
          view.build.ints([start]),
          view.build.ints([start + lengths[input]!]),
          view.build.ints([axis]),
        ])
      : undefined,
  );
}

/** Sizes are an attribute before opset 13; without any, parts are equal, the last one smaller when the rest is (opset 18). */
function splitSizes(node: NodeView): readonly Dim[] {
  const count = node.node.outputs.length;
  if (node.has(1)) return node.constant(1);
  if (node.hasAttribute("split")) return node.ints("split");
  const side = node.shape(0)[node.axis("axis", 0)]!;
  if (typeof side !== "number")
    return Array.from({ length: count }, () => (count === 1 ? side : `(${side})/${count}`));
  const each = Math.ceil(side / count);
  return Array.from({ length: count }, (_, at) => Math.max(0, Math.min(each, side - at * each)));
}

const splitShape = (node: NodeView, size: Dim): Shape => node.shape(0).with(node.axis("axis", 0), size);

function splitEvaluated(node: NodeView): readonly Values[] | undefined {
  const from = node.values(0);
  const sizes = splitSizes(node);
  if (from === undefined || !isStatic(sizes)) return undefined;
  const axis = node.axis("axis", 0);
  const parts = startsOf(sizes).map(
    (start, at) =>
      rearranged(from, from.shape.with(axis, sizes[at]!), (place) =>
        place.with(axis, place[axis]! + start),
      )?.[0],
  );
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Each side as [repeats, side], so that repeats can be summed up. */
function tileGradient(view: GradientView): Gradients {
  const shape = sides(view, view.shape(0));
  const repeats = view.constant(1);
  const apart = reshape(
    view,
    view.dy,
    shape.flatMap((side, axis) => [repeats[axis]!, side]),
  );
  const axes = shape.map((_, axis) => 2 * axis);
  return [view.op("ReduceSum", [apart, view.build.ints(axes)], { keepdims: 0 })];
}

const tiled = (node: NodeView): Shape => {
  const repeats = node.values(1)?.values;
  return node
    .shape(0)
    .map((side, axis) =>
      repeats === undefined ? node.unknownSide(axis) : dimProduct([repeats[axis]!, side]),
    );
};

const numbers = (...values: number[]): SampleInput => ({
  shape: [values.length],
  dtype: "int64",
  values,
  constant: true,
});

export const JOINING: readonly OpRow[] = [
  {
    op: "Concat",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: joinedShape(node) }],
    evaluate: joined,
    gradient: concatGradient,
    flops: noFlops,
    samples: [
      { name: "rows", inputs: [{ shape: [2, 3] }, { shape: [1, 3] }], attributes: { axis: 0 } },
      {
        name: "columns of three",
        inputs: [{ shape: [2, 3] }, { shape: [2, 0] }, { shape: [2, 4] }],
        attributes: { axis: -1 },
      },
      { name: "one alone", inputs: [{ shape: [2] }], attributes: { axis: 0 } },
    ],
  },
  {
    op: "Split",
    attributes: { axis: "int", split: "ints", num_outputs: "int" },
    infer: (node) =>
      splitSizes(node).map((size) => ({ dtype: node.type(0).dtype, shape: splitShape(node, size) })),
    evaluate: splitEvaluated,
    gradient(view) {
      const { dtype } = view.type(0);
      const parts = splitSizes(view).map(
        (size, at) => view.upstream(at) ?? zeros(view, { dtype, shape: splitShape(view, size) }),
      );
      return [view.op("Concat", parts, { axis: view.axis("axis", 0) })];
    },
    flops: noFlops,
    samples: [
      {
        name: "by sizes",
        inputs: [{ shape: [2, 6] }, numbers(1, 3, 2)],
        attributes: { axis: 1 },
        outputs: 3,
      },
      { name: "in halves", inputs: [{ shape: [4, 2] }], attributes: { num_outputs: 2 }, outputs: 2 },
      {
        name: "a smaller last part",
        inputs: [{ shape: [2, 5] }],
        attributes: { axis: -1, num_outputs: 3 },
        outputs: 3,
      },
    ],
  },
  {
    op: "Tile",
    infer: (node) => [{ dtype: node.type(0).dtype, shape: tiled(node) }],
    evaluate(node) {
      const [from, shape] = [node.values(0), tiled(node)];
      if (from === undefined || !isStatic(shape)) return undefined;
      return rearranged(from, shape, (place) => place.map((at, axis) => at % from.shape[axis]!));
    },
    gradient: tileGradient,
    flops: noFlops,
    samples: [
      { name: "both sides", inputs: [{ shape: [2, 3] }, numbers(2, 3)] },
      { name: "a side that stays", inputs: [{ shape: [2, 1, 3] }, numbers(1, 4, 1)] },
    ],
  },
];
