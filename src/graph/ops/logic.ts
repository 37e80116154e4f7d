/** Comparisons, truth values, and Where, which chooses by them. */
import { combine } from "../evaluate.ts";
import { noFlops, perElement, perInput } from "../flops.ts";
import { broadcastShape, broadcastType, unbroadcast } from "../gradient-parts.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, Sample, SampleInput } from "../op-row.ts";

const bool = (...values: number[]): SampleInput => ({ shape: [values.length], dtype: "bool", values });
const row = (...values: number[]): SampleInput => ({ shape: [values.length], values });

const NUMBERS: readonly Sample[] = [
  { name: "less, equal, more", inputs: [row(1, 2, 3), row(2, 2, 2)] },
  { name: "a scalar", inputs: [row(-1, 0, 1), { shape: [], values: [0] }] },
];
const TRUTHS: readonly Sample[] = [{ name: "all pairs", inputs: [bool(0, 0, 1, 1), bool(0, 1, 0, 1)] }];

const comparison = (
  op: string,
  samples: readonly Sample[],
  of: (a: number, b: number) => boolean,
): OpRow => ({
  op,
  attributes: { axis: "int", broadcast: "int" },
  infer: (node) => [{ dtype: "bool", shape: broadcastType(node).shape }],
  evaluate: (node) => combine(node, (a, b) => Number(of(a!, b!)), "bool"),
  gradient: "flat",
  flops: perElement(1),
  samples,
});

/** Of a float, whether it is of some kind. */
const test = (
  op: string,
  attributes: OpRow["attributes"],
  of: (node: NodeView, x: number) => boolean,
): OpRow => ({
  op,
  ...(attributes && { attributes }),
  infer: (node) => [{ dtype: "bool", shape: node.shape(0) }],
  evaluate: (node) => combine(node, (x) => Number(of(node, x!)), "bool"),
  gradient: "flat",
  flops: perInput(1),
  samples: [
    {
      name: "finite or not",
      inputs: [row(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)],
    },
  ],
});

export const LOGIC: readonly OpRow[] = [
  comparison("Equal", NUMBERS, (a, b) => a === b),
  comparison("Less", NUMBERS, (a, b) => a < b),
  comparison("LessOrEqual", NUMBERS, (a, b) => a <= b),
  comparison("Greater", NUMBERS, (a, b) => a > b),
  comparison("GreaterOrEqual", NUMBERS, (a, b) => a >= b),
  comparison("And", TRUTHS, (a, b) => a + b === 2),
  comparison("Or", TRUTHS, (a, b) => a + b > 0),
  comparison("Xor", TRUTHS, (a, b) => a !== b),
  {
    op: "Not",
    infer: (node) => [node.type(0)],
    evaluate: (node) => combine(node, (a) => 1 - a!),
    gradient: "flat",
    flops: perInput(1),
    samples: [{ name: "both", inputs: [bool(0, 1)] }],
  },
  test("IsNaN", undefined, (_, x) => Number.isNaN(x)),
  test(
    "IsInf",
    { detect_negative: "int", detect_positive: "int" },
    (node, x) =>
      (x === Number.POSITIVE_INFINITY && node.int("detect_positive", 1) === 1) ||
      (x === Number.NEGATIVE_INFINITY && node.int("detect_negative", 1) === 1),
  ),
  {
    op: "Where",
    infer: (node) => [{ dtype: node.type(1).dtype, shape: broadcastShape(node) }],
    evaluate: (node) => combine(node, (condition, a, b) => (condition ? a! : b!), node.type(1).dtype),
    gradient(view) {
      const zero = view.build.scalar(0, view.type(1).dtype);
      return [
        undefined,
        view.needs(1)
          ? unbroadcast(view, view.op("Where", [view.input(0), view.dy, zero]), view.shape(1))
          : undefined,
        view.needs(2)
          ? unbroadcast(view, view.op("Where", [view.input(0), zero, view.dy]), view.shape(2))
          : undefined,
      ];
    },
    flops: noFlops,
    samples: [
      { name: "equal shapes", inputs: [bool(1, 0, 1), { shape: [3] }, { shape: [3] }] },
      { name: "a masked scalar", inputs: [bool(1, 0, 1), { shape: [2, 3] }, { shape: [] }] },
      { name: "a row and a column", inputs: [bool(1, 0), { shape: [3, 1] }, { shape: [1, 2] }] },
    ],
  },
];
