/** Add, Sub, Mul, Div, Pow: broadcast and elementwise. */

import { combine } from "../evaluate.ts";
import { DIVISION, perElement, TRANSCENDENTAL } from "../flops.ts";
import { broadcastShape, broadcastType, constant, isFloat, unbroadcast } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";

const FITTING: readonly Sample[] = [
  { name: "equal shapes", inputs: [{ shape: [2, 3] }, { shape: [2, 3] }] },
  { name: "a row", inputs: [{ shape: [2, 3] }, { shape: [3] }] },
  { name: "both stretched", inputs: [{ shape: [2, 1, 3] }, { shape: [4, 1] }] },
  { name: "a scalar first", inputs: [{ shape: [] }, { shape: [2, 3] }] },
];
/** Away from zero, where quotients and logarithms are tame. */
const positive = (samples: readonly Sample[], input: number): readonly Sample[] =>
  samples.map((sample) => ({
    ...sample,
    inputs: sample.inputs.map((one, at) => (at === input ? { ...one!, range: [0.5, 2] as const } : one)),
  }));

/** The gradients of both operands, each made only when asked for, then summed to its operand's shape; integers have none. */
const both =
  (left: (view: GradientView) => string, right: (view: GradientView) => string) =>
  (view: GradientView): Gradients =>
    [left, right].map((rule, input) =>
      view.needs(input) && isFloat(view.type(input).dtype)
        ? unbroadcast(view, rule(view), view.shape(input))
        : undefined,
    );

const binary = (
  op: string,
  parts: Pick<OpRow, "gradient"> & { of: (a: number, b: number) => number; samples?: readonly Sample[] },
): OpRow => ({
  op,
  infer: (node) => [broadcastType(node)],
  evaluate: (node) => combine(node, parts.of),
  ...(parts.gradient && { gradient: parts.gradient }),
  flops: perElement(1),
  samples: parts.samples ?? FITTING,
});

/** Integers divide towards zero. */
const divide = (node: NodeView) => (a: number, b: number) =>
  /float/.test(node.type(0).dtype) ? a / b : Math.trunc(a / b);

export const ARITHMETIC: readonly OpRow[] = [
  binary("Add", {
    of: (a, b) => a + b,
    gradient: both(
      (view) => view.dy,
      (view) => view.dy,
    ),
  }),
  binary("Sub", {
    of: (a, b) => a - b,
    gradient: both(
      (view) => view.dy,
      (view) => view.op("Neg", [view.dy]),
    ),
  }),
  binary("Mul", {
    of: (a, b) => a * b,
    gradient: both(
      (view) => view.op("Mul", [view.dy, view.input(1)]),
      (view) => view.op("Mul", [view.dy, view.input(0)]),
    ),
  }),
  {
    op: "Div",
    infer: (node) => [broadcastType(node)],
    evaluate: (node) => combine(node, divide(node)),
    // d(a/b)/db = −(a/b)/b
    gradient: both(
      (view) => view.op("Div", [view.dy, view.input(1)]),
      (view) => view.op("Neg", [view.op("Div", [view.op("Mul", [view.dy, view.output()]), view.input(1)])]),
    ),
    flops: perElement(DIVISION),
    samples: positive(FITTING, 1),
  },
  {
    op: "Pow",
    // The exponent may have another type than the base, that of integers too.
    infer: (node) => [{ dtype: node.type(0).dtype, shape: broadcastShape(node) }],
    gradient: both(
      // b · aᵇ⁻¹
      (view) => {
        const [base, power] = [view.input(0), view.input(1)];
        const exponent =
          view.type(1).dtype === view.type(0).dtype ? power : view.op("CastLike", [power, base]);
        const lower = view.op("Sub", [exponent, constant(view, 1)]);
        return view.op("Mul", [view.dy, view.op("Mul", [exponent, view.op("Pow", [base, lower])])]);
      },
      (view) => view.op("Mul", [view.dy, view.op("Mul", [view.output(), view.op("Log", [view.input(0)])])]),
    ),
    flops: perElement(TRANSCENDENTAL),
    samples: [
      ...positive(FITTING, 0),
      {
        name: "an exponent that is an integer",
        inputs: [{ shape: [2, 3] }, { shape: [], dtype: "int64", values: [3], constant: true }],
      },
    ],
  },
];
