/** MaxPool, AveragePool, LpPool and their global forms. */
import { expressions } from "../expressions.ts";
import { perInput } from "../flops.ts";
import { zeros } from "../gradient-parts.ts";
import type { Dim, Shape, TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { AttributeKind, Gradients, OpRow, Sample } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { transposedWindows, type Windows, windowAttributes, windowCounts, windowsOf } from "../windows.ts";
import { knownShape } from "./convolution.ts";

const isCeil = (node: NodeView): boolean => node.int("ceil_mode", 0) === 1;

function pooled(node: NodeView): TensorType {
  const { dtype, shape } = node.type(0);
  return { dtype, shape: [shape[0]!, shape[1]!, ...windowCounts(node, windowsOf(node), isCeil(node))] };
}

/** Each window looks at all of its places. */
const poolFlops = (node: NodeView): number => elements([...pooled(node).shape, ...windowsOf(node).kernel]);

/** The pool tells, when asked for it, which place each output came from: its gradient is added there. Windows may overlap. */
function maxGradient(view: GradientView): Gradients {
  if (view.int("storage_order", 0) === 1) view.unsupported("places counted by columns are not gone back to");
  const { reshape } = expressions(view.build);
  const shape = knownShape(view, view.input(0));
  const [, places] = view.build.ops(
    "MaxPool",
    [view.input(0)],
    { ...windowAttributes(windowsOf(view)), ceil_mode: view.int("ceil_mode", 0) },
    2,
  ) as [string, string];
  const none = zeros(view, { dtype: view.type(0).dtype, shape: [elements(shape)] });
  const sums = view.op("ScatterElements", [none, reshape(places, [-1]), reshape(view.dy, [-1])], {
    axis: 0,
    reduction: "add",
  });
  return [reshape(sums, shape)];
}

/** How many places each window along one axis counts: padding only if asked to, and nothing behind the padding. */
function counted(
  node: NodeView,
  { kernel, strides, dilations, begins, ends }: Windows,
  { axis, places, count }: { axis: number; places: number; count: number },
): number[] {
  const padded = node.int("count_include_pad", 0) === 1;
  const [low, high] = padded ? [-begins[axis]!, places + ends[axis]!] : [0, places];
  return Array.from({ length: count }, (_, window) => {
    const start = window * strides[axis]! - begins[axis]!;
    return Array.from({ length: kernel[axis]! }, (__, at) => start + at * dilations[axis]!).filter(
      (place) => place >= low && place < high,
    ).length;
  });
}

/** Each output's gradient is spread evenly over its window: a transposed convolution of each channel with ones. */
function averageGradient(view: GradientView): Gradients {
  const { reshape, div } = expressions(view.build);
  const windows = windowsOf(view);
  const { dtype } = view.type(0);
  const shape = knownShape(view, view.input(0));
  const places = shape.slice(2);
  const counts = knownShape(view, view.dy).slice(2);
  const shares = counts.reduce((gradient, count, axis) => {
    const sides = counts.map((_, other) => (other === axis ? count : 1));
    const values = counted(view, windows, { axis, places: places[axis]!, count });
    return div(gradient, view.build.constant({ dtype, shape: sides, values }));
  }, view.dy);
  const one = reshape(shares, [shape[0]! * shape[1]!, 1, ...counts]);
  const ones = view.op("Expand", [view.build.scalar(1, dtype), view.build.ints([1, 1, ...windows.kernel])]);
  const spread = view.op("ConvTranspose", [one, ones], transposedWindows(windows, counts, places));
  return [reshape(spread, shape)];
}

const spatial = (shape: Shape): number[] => shape.flatMap((_, axis) => (axis < 2 ? [] : [axis]));
const onePlace = (node: NodeView): TensorType => ({
  dtype: node.type(0).dtype,
  shape: node.shape(0).map((side, axis): Dim => (axis < 2 ? side : 1)),
});
const placesOf = (node: NodeView): number => elements(node.shape(0).slice(2));

const globalPool = (op: string, gradient: (view: GradientView) => string): OpRow => ({
  op,
  infer: (node) => [onePlace(node)],
  gradient: (view) => [gradient(view)],
  flops: perInput(1),
  samples: [
    { name: "images", inputs: [{ shape: [2, 3, 4, 5] }] },
    { name: "sound", inputs: [{ shape: [2, 3, 7] }] },
  ],
});

const WINDOW: Readonly<Record<string, AttributeKind>> = {
  auto_pad: "string",
  ceil_mode: "int",
  dilations: "ints",
  kernel_shape: "ints",
  pads: "ints",
  strides: "ints",
};
const SAMPLES: readonly Sample[] = [
  {
    name: "windows that overlap, pads, odd sizes",
    inputs: [{ shape: [2, 3, 7, 6] }],
    attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] },
  },
  {
    name: "a last window that ends outside",
    inputs: [{ shape: [1, 2, 8, 5] }],
    attributes: { kernel_shape: [3, 3], strides: [3, 2], ceil_mode: 1 },
  },
  { name: "sound", inputs: [{ shape: [1, 2, 11] }], attributes: { kernel_shape: [3], strides: [4] } },
  {
    name: "same size",
    inputs: [{ shape: [1, 2, 5, 4] }],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], auto_pad: "SAME_UPPER" },
  },
];

/** (Σ |x|ᵖ)^(1/p) is a power of a mean: padding counts as zeros, and each mean of all places of a window times their number is a sum. */
function lowerLpPool(view: GradientView): readonly string[] {
  if (isCeil(view)) view.unsupported("windows that end outside are not taken apart");
  const { times } = expressions(view.build);
  const power = (value: string, exponent: number): string =>
    view.op("Pow", [value, view.build.scalar(exponent, view.type(0).dtype)]);
  const windows = windowsOf(view);
  const p = view.int("p", 2);
  const means = view.op("AveragePool", [power(view.op("Abs", [view.input(0)]), p)], {
    ...windowAttributes(windows),
    count_include_pad: 1,
  });
  return [power(times(means, elements(windows.kernel)), 1 / p)];
}

export const POOLING: readonly OpRow[] = [
  {
    op: "MaxPool",
    attributes: { ...WINDOW, storage_order: "int" },
    infer: (node) => [pooled(node), { dtype: "int64", shape: pooled(node).shape }],
    gradient: maxGradient,
    flops: poolFlops,
    samples: [
      ...SAMPLES,
      {
        name: "dilated",
        inputs: [{ shape: [1, 2, 7, 7] }],
        attributes: { kernel_shape: [2, 3], dilations: [2, 2] },
      },
    ].map((sample) => ({
      ...sample,
      // Far enough apart that small changes leave the order as it is.
      inputs: sample.inputs.map((input) => input && { ...input, values: spaced(elements(input.shape)) }),
    })),
  },
  {
    op: "AveragePool",
    attributes: { ...WINDOW, count_include_pad: "int" },
    infer: (node) => [pooled(node)],
    gradient: averageGradient,
    flops: poolFlops,
    samples: [
      ...SAMPLES,
      {
        name: "padding counts",
        inputs: [{ shape: [1, 2, 5, 4] }],
        attributes: {
          kernel_shape: [3, 3],
          strides: [2, 2],
          pads: [1, 1, 1, 1],
          count_include_pad: 1,
          ceil_mode: 1,
        },
      },
    ],
  },
  {
    op: "LpPool",
    attributes: { ...WINDOW, p: "int" },
    infer: (node) => [pooled(node)],
    lower: lowerLpPool,
    flops: poolFlops,
    samples: [
      ...SAMPLES.filter(({ attributes }) => attributes?.["ceil_mode"] === undefined),
      {
        name: "cubes",
        inputs: [{ shape: [1, 2, 5, 4] }],
        attributes: { kernel_shape: [3, 2], p: 3 },
      },
    ],
  },
  globalPool("GlobalAveragePool", (view) => {
    const { times, mul } = expressions(view.build);
    const ones = view.op("Expand", [
      view.build.scalar(1, view.type(0).dtype),
      view.build.ints(knownShape(view, view.input(0))),
    ]);
    return mul(times(view.dy, 1 / placesOf(view)), ones);
  }),
  {
    ...globalPool("GlobalMaxPool", (view) => {
      const { mul, div, sum } = expressions(view.build);
      const best = view.op("CastLike", [view.op("Equal", [view.input(0), view.output()]), view.dy]);
      return mul(best, div(view.dy, sum(best, spatial(view.shape(0)))));
    }),
    samples: [{ name: "images", inputs: [{ shape: [2, 3, 4, 5], values: spaced(120) }] }],
  },
];

/** Numbers of which no two are near each other, in no order. */
function spaced(count: number): number[] {
  const step = [7, 11, 13, 17].find((prime) => count % prime !== 0)!;
  return Array.from({ length: count }, (_, at) => ((at * step) % count) / 4 - count / 8);
}
