/** TopK, ArgMax, ArgMin, NonZero, Compress: which elements, and how many of them may show only in the run. */
import { noFlops, perInput } from "../flops.ts";
import { reshape, zeros } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { scatterSum } from "../scatter-sum.ts";
import { dimProduct } from "../shapes.ts";

const int = (value: number): SampleInput => ({ shape: [1], dtype: "int64", values: [value], constant: true });

/** In no order, and far enough apart for the order to stay. */
const APART: SampleInput = { shape: [3, 4], values: [2, -1, 0.5, 1, -2, 1.5, -0.5, 0, 3, 2.5, -1.5, 3.5] };

/** k is an input since opset 10. */
function topShape(node: NodeView): Shape {
  const axis = node.axis("axis", -1);
  const k = node.has(1) ? node.values(1)?.values[0] : node.int("k");
  return node.shape(0).with(axis, k ?? node.unknownSide(axis));
}

function argShape(node: NodeView): Shape {
  const axis = node.axis("axis", 0);
  return node.int("keepdims", 1) === 1 ? node.shape(0).with(axis, 1) : node.shape(0).toSpliced(axis, 1);
}

const argRow = (op: string): OpRow => ({
  op,
  attributes: { axis: "int", keepdims: "int", select_last_index: "int" },
  infer: (node) => [{ dtype: "int64", shape: argShape(node) }],
  gradient: "flat",
  flops: perInput(1),
  samples: [
    { name: "the first axis", inputs: [APART] },
    { name: "the last axis, which goes", inputs: [APART], attributes: { axis: -1, keepdims: 0 } },
    {
      name: "the last of equal ones",
      inputs: [{ shape: [3], values: [1, 1, 1] }],
      attributes: { select_last_index: 1 },
    },
  ],
});

/** Without an axis from the flattened input. How many are chosen is known when the condition is. */
function compressedShape(node: NodeView): Shape {
  const chosen = node.values(1)?.values.filter((one) => one !== 0).length;
  if (!node.hasAttribute("axis")) return [chosen ?? node.unknownSide(0)];
  const axis = node.axis("axis");
  return node.shape(0).with(axis, chosen ?? node.unknownSide(axis));
}

export const SELECTION: readonly OpRow[] = [
  {
    op: "TopK",
    attributes: { axis: "int", k: "int", largest: "int", sorted: "int" },
    infer: (node) => {
      const shape = topShape(node);
      return [
        { dtype: node.type(0).dtype, shape },
        { dtype: "int64", shape },
      ];
    },
    gradient(view) {
      const indices = view.output(1) || view.unsupported("it has no output for its indices");
      return [
        view.op("ScatterElements", [zeros(view, view.type(0)), indices, view.dy], {
          axis: view.axis("axis", -1),
        }),
      ];
    },
    flops: perInput(1),
    samples: [
      { name: "the two largest of each row", inputs: [APART, int(2)], outputs: 2 },
      {
        name: "the smallest of each column",
        inputs: [APART, int(1)],
        attributes: { axis: 0, largest: 0 },
        outputs: 2,
      },
    ],
  },
  argRow("ArgMax"),
  argRow("ArgMin"),
  {
    op: "NonZero",
    infer: (node) => [{ dtype: "int64", shape: [node.rank(0), node.unknownSide(1)] }],
    gradient: "flat",
    flops: perInput(1),
    samples: [{ name: "a matrix", inputs: [{ shape: [2, 2], values: [1, 0, 0, -1] }] }],
  },
  {
    op: "Compress",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: compressedShape(node) }],
    gradient(view) {
      const condition = view.constant(1);
      const chosen = condition.flatMap((one, at) => (one === 0 ? [] : [at]));
      const indices = view.build.ints(chosen);
      const shape = view.shape(0);
      if (view.hasAttribute("axis")) {
        return [scatterSum(view, { dy: view.dy, indices, axis: view.axis("axis"), shape })];
      }
      const flat = scatterSum(view, { dy: view.dy, indices, axis: 0, shape: [dimProduct(shape)] });
      return [reshape(view, flat, shape)];
    },
    flops: noFlops,
    samples: [
      {
        name: "some columns",
        inputs: [{ shape: [2, 3] }, { shape: [3], dtype: "bool", values: [1, 0, 1], constant: true }],
        attributes: { axis: 1 },
      },
      {
        name: "elements of all",
        inputs: [{ shape: [2, 3] }, { shape: [5], dtype: "bool", values: [0, 1, 0, 0, 1], constant: true }],
      },
    ],
  },
];
