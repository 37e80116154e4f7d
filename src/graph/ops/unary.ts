/** One operand, element by element: signs, roots, exponentials, angles, rounding. */
import { combine } from "../evaluate.ts";
import { DIVISION, perInput, TRANSCENDENTAL } from "../flops.ts";
import { constant, scaled } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, Sample } from "../op-row.ts";

type Range = readonly [low: number, high: number];

const within = (ranges: readonly Range[]): readonly Sample[] =>
  ranges.map((range) => ({
    name: `within ${range.join(" and ")}`,
    inputs: [{ shape: [2, 3], range }],
  }));

interface Parts {
  readonly of?: (x: number) => number;
  /** The gradient of the input; without it a small change of the input changes nothing. */
  readonly gradient?: (view: GradientView) => string;
  readonly flops?: number;
  readonly ranges?: readonly Range[];
}

const unary = (op: string, { of, gradient, flops = 1, ranges = [[-2, 2]] }: Parts): OpRow => ({
  op,
  infer: (node) => [node.type(0)],
  ...(of && { evaluate: (node: NodeView) => combine(node, of) }),
  gradient: gradient ? (view) => [gradient(view)] : "flat",
  flops: perInput(flops),
  samples: within(ranges),
});

/** dy · of(x or y) */
const times = (of: (view: GradientView) => string) => (view: GradientView) =>
  view.op("Mul", [view.dy, of(view)]);
/** 1 − y² */
export const oneMinusSquare = (view: GradientView, y: string): string =>
  view.op("Sub", [constant(view, 1), view.op("Mul", [y, y])]);

const POSITIVE: readonly Range[] = [[0.5, 3]];
const BOTH_SIDES: readonly Range[] = [
  [0.5, 2],
  [-2, -0.5],
];

/** Halves go to the even neighbour (onnx/onnx, docs/Operators.md, Round). */
function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  return x - low !== 0.5 ? Math.round(x) : low % 2 === 0 ? low : low + 1;
}

export const UNARY: readonly OpRow[] = [
  unary("Neg", { of: (x) => -x, gradient: (view) => view.op("Neg", [view.dy]) }),
  unary("Abs", {
    of: Math.abs,
    gradient: times((view) => view.op("Sign", [view.input(0)])),
    ranges: BOTH_SIDES,
  }),
  unary("Exp", { of: Math.exp, gradient: times((view) => view.output()), flops: TRANSCENDENTAL }),
  unary("Log", {
    of: Math.log,
    gradient: (view) => view.op("Div", [view.dy, view.input(0)]),
    flops: TRANSCENDENTAL,
    ranges: POSITIVE,
  }),
  unary("Sqrt", {
    of: Math.sqrt,
    gradient: (view) => view.op("Div", [scaled(view, view.dy, 0.5), view.output()]),
    flops: DIVISION,
    ranges: POSITIVE,
  }),
  unary("Reciprocal", {
    of: (x) => 1 / x,
    // d(1/x)/dx = −y²
    gradient: (view) =>
      view.op("Neg", [view.op("Mul", [view.dy, view.op("Mul", [view.output(), view.output()])])]),
    flops: DIVISION,
    ranges: BOTH_SIDES,
  }),
  unary("Sin", {
    of: Math.sin,
    gradient: times((view) => view.op("Cos", [view.input(0)])),
    flops: TRANSCENDENTAL,
  }),
  unary("Cos", {
    of: Math.cos,
    gradient: (view) => view.op("Neg", [view.op("Mul", [view.dy, view.op("Sin", [view.input(0)])])]),
    flops: TRANSCENDENTAL,
  }),
  unary("Tanh", {
    of: Math.tanh,
    gradient: times((view) => oneMinusSquare(view, view.output())),
    flops: TRANSCENDENTAL,
  }),
  unary("Sigmoid", {
    of: (x) => 1 / (1 + Math.exp(-x)),
    // y (1 − y)
    gradient: times((view) =>
      view.op("Mul", [view.output(), view.op("Sub", [constant(view, 1), view.output()])]),
    ),
    flops: TRANSCENDENTAL,
  }),
  unary("Erf", {
    // 2/√π · exp(−x²)
    gradient: (view) => {
      const x = view.input(0);
      const bell = view.op("Exp", [view.op("Neg", [view.op("Mul", [x, x])])]);
      return view.op("Mul", [view.dy, scaled(view, bell, 2 / Math.sqrt(Math.PI))]);
    },
    flops: TRANSCENDENTAL,
  }),
  unary("Sign", { of: Math.sign }),
  unary("Floor", { of: Math.floor }),
  unary("Ceil", { of: Math.ceil }),
  unary("Round", { of: roundHalfToEven }),
];
