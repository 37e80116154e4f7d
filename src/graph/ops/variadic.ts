/** Sum, Mean, Max, Min: of any number of operands that are broadcast to each other; and Mod, the rest of a division. */
import { combine } from "../evaluate.ts";
import { DIVISION, perElement } from "../flops.ts";
import { broadcastType, isFloat, scaled, unbroadcast } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";
import { elements } from "../shapes.ts";

const OPERANDS: readonly Sample[] = [
  { name: "one", inputs: [{ shape: [2, 3] }] },
  {
    name: "two",
    inputs: [
      { shape: [2, 3], range: [-2, -0.1] },
      { shape: [3], range: [0.1, 2] },
    ],
  },
  {
    name: "three that stretch each other",
    inputs: [
      { shape: [2, 1], values: [-2, 1] },
      { shape: [3], values: [-1, 0, 2] },
      { shape: [], values: [0.5] },
    ],
  },
];

/** The gradient of each operand that somebody asked for, summed to its shape. */
const forEach = (view: GradientView, rule: (input: number) => string): Gradients =>
  view.node.inputs.map((_, input) =>
    view.needs(input) ? unbroadcast(view, rule(input), view.shape(input)) : undefined,
  );

/** Of several equal extremes each gets an equal share. */
function extremeGradient(view: GradientView): Gradients {
  const { dtype } = view.type(0);
  const [zero, one] = [view.build.scalar(0, dtype), view.build.scalar(1, dtype)];
  const hits = view.node.inputs.map((name) =>
    view.op("Where", [view.op("Equal", [name, view.output()]), one, zero]),
  );
  const share = hits.length === 1 ? view.dy : view.op("Div", [view.dy, view.op("Sum", hits)]);
  return forEach(view, (input) => view.op("Mul", [hits[input]!, share]));
}

const variadic = (
  op: string,
  of: (...operands: number[]) => number,
  gradient: (view: GradientView) => Gradients,
): OpRow => ({
  op,
  infer: (node) => [broadcastType(node)],
  evaluate: (node) => combine(node, of),
  gradient,
  flops: (node) => (node.arity - 1) * elements(broadcastType(node).shape),
  samples: OPERANDS,
});

const sum = (...operands: number[]): number => operands.reduce((a, b) => a + b, 0);

/** With the sign of the divisor, or with fmod = 1 that of the dividend. */
const rest = (node: NodeView) => (a: number, b: number) =>
  node.int("fmod", 0) === 1 ? a % b : ((a % b) + b) % b;

/** The whole quotient, rounded towards zero. */
function wholeQuotient(view: GradientView): string {
  const quotient = view.op("Div", [view.input(0), view.input(1)]);
  return view.op("Mul", [view.op("Sign", [quotient]), view.op("Floor", [view.op("Abs", [quotient])])]);
}

export const VARIADIC: readonly OpRow[] = [
  variadic("Max", Math.max, extremeGradient),
  variadic("Min", Math.min, extremeGradient),
  variadic("Sum", sum, (view) => forEach(view, () => view.dy)),
  variadic(
    "Mean",
    (...operands) => sum(...operands) / operands.length,
    (view) => {
      const share = scaled(view, view.dy, 1 / view.arity);
      return forEach(view, () => share);
    },
  ),
  {
    op: "Mod",
    attributes: { fmod: "int" },
    infer: (node) => [broadcastType(node)],
    evaluate: (node) => combine(node, rest(node)),
    // a − b · trunc(a / b), on floats with fmod = 1 only
    gradient: (view) =>
      isFloat(view.type(0).dtype)
        ? forEach(view, (input) =>
            input === 0 ? view.dy : view.op("Neg", [view.op("Mul", [view.dy, wholeQuotient(view)])]),
          )
        : [],
    flops: perElement(DIVISION + 2),
    samples: [
      {
        name: "integers of both signs",
        inputs: [
          { shape: [4], dtype: "int64", values: [5, -5, 5, -5] },
          { shape: [4], dtype: "int64", values: [3, 3, -3, -3] },
        ],
      },
      {
        name: "floats",
        inputs: [
          { shape: [4], values: [5.3, -5.3, 5.3, -5.3] },
          { shape: [4], values: [2, 2, -2, -2] },
        ],
        attributes: { fmod: 1 },
      },
    ],
  },
];
