/** Relu, LeakyRelu, Elu, HardSwish, Softplus, Mish, PRelu …: between the layers. */
import { DIVISION, perInput, TRANSCENDENTAL } from "../flops.ts";
import { constant, scaled, unbroadcast } from "../gradient-parts.ts";
import type { GradientView } from "../node-view.ts";
import type { AttributeKind, OpRow } from "../op-row.ts";
import { oneMinusSquare } from "./unary.ts";

interface Parts {
  readonly gradient: (view: GradientView) => string;
  readonly flops: number;
  /** Attributes, all of them floats, of a second sample. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Where it has a kink, which samples stay away from. */
  readonly kinks?: readonly number[];
}

const activation = (op: string, { gradient, flops, settings, kinks = [] }: Parts): OpRow => {
  const ends = [-4, ...kinks, 4];
  const pieces = ends.slice(1).map((high, at) => [ends[at]! + 0.1, high - 0.1] as const);
  const inputs = pieces.map((range) => ({
    name: `within ${range.join(" and ")}`,
    inputs: [{ shape: [2, 3], range }],
  }));
  return {
    op,
    attributes: Object.fromEntries(
      Object.keys(settings ?? {}).map((name) => [name, "float" as AttributeKind]),
    ),
    infer: (node) => [node.type(0)],
    gradient: (view) => [gradient(view)],
    flops: perInput(flops),
    samples: [
      ...inputs,
      ...(settings
        ? inputs.map((sample) => ({ ...sample, name: `${sample.name}, set`, attributes: settings }))
        : []),
    ],
  };
};

/** Whether x lies above a number. */
const above = (view: GradientView, limit: number): string =>
  view.op("Greater", [view.input(0), constant(view, limit)]);
const below = (view: GradientView, limit: number): string =>
  view.op("Less", [view.input(0), constant(view, limit)]);
const choose = (view: GradientView, condition: string, yes: string, no: string): string =>
  view.op("Where", [condition, yes, no]);
const zero = (view: GradientView): string => constant(view, 0);
/** dy (y + shift), the slope of shift · (exp x − 1). */
const timesShifted = (view: GradientView, shift: number): string =>
  view.op("Mul", [view.dy, view.op("Add", [view.output(), constant(view, shift)])]);

// Defaults of Selu (onnx/onnx, docs/Operators.md).
const SELU_ALPHA = 1.6732632423543772;
const SELU_GAMMA = 1.0507009873554805;

export const ACTIVATIONS: readonly OpRow[] = [
  activation("Relu", {
    gradient: (view) => choose(view, above(view, 0), view.dy, zero(view)),
    flops: 1,
    kinks: [0],
  }),
  activation("LeakyRelu", {
    gradient: (view) =>
      choose(view, above(view, 0), view.dy, scaled(view, view.dy, view.float("alpha", 0.01))),
    flops: 2,
    settings: { alpha: 0.2 },
    kinks: [0],
  }),
  activation("ThresholdedRelu", {
    gradient: (view) => choose(view, above(view, view.float("alpha", 1)), view.dy, zero(view)),
    flops: 1,
    settings: { alpha: 0.5 },
    kinks: [0.5, 1],
  }),
  activation("Elu", {
    gradient: (view) => choose(view, above(view, 0), view.dy, timesShifted(view, view.float("alpha", 1))),
    flops: TRANSCENDENTAL,
    settings: { alpha: 0.5 },
    kinks: [0],
  }),
  activation("Selu", {
    gradient(view) {
      const gamma = view.float("gamma", SELU_GAMMA);
      const left = timesShifted(view, gamma * view.float("alpha", SELU_ALPHA));
      return choose(view, above(view, 0), scaled(view, view.dy, gamma), left);
    },
    flops: TRANSCENDENTAL,
    settings: { alpha: 1.5, gamma: 1.1 },
    kinks: [0],
  }),
  activation("HardSigmoid", {
    gradient(view) {
      const y = view.output();
      const inside = view.op("And", [
        view.op("Greater", [y, zero(view)]),
        view.op("Less", [y, constant(view, 1)]),
      ]);
      return choose(view, inside, scaled(view, view.dy, view.float("alpha", 0.2)), zero(view));
    },
    flops: 4,
    settings: { alpha: 0.4, beta: 0.5 },
    kinks: [-2.5, -1.25, 1.25, 2.5],
  }),
  activation("HardSwish", {
    // x · max(0, min(1, x/6 + ½)): 0, then x/3 + ½, then 1
    gradient(view) {
      const slope = view.op("Add", [scaled(view, view.input(0), 1 / 3), constant(view, 0.5)]);
      const middle = view.op("Mul", [view.dy, slope]);
      return choose(view, below(view, -3), zero(view), choose(view, above(view, 3), view.dy, middle));
    },
    flops: 5,
    kinks: [-3, 3],
  }),
  activation("Softplus", {
    gradient: (view) => view.op("Mul", [view.dy, view.op("Sigmoid", [view.input(0)])]),
    flops: 2 * TRANSCENDENTAL,
  }),
  activation("Softsign", {
    // 1 / (1 + |x|)²
    gradient(view) {
      const wide = view.op("Add", [constant(view, 1), view.op("Abs", [view.input(0)])]);
      return view.op("Div", [view.dy, view.op("Mul", [wide, wide])]);
    },
    flops: DIVISION + 2,
    kinks: [0],
  }),
  activation("Mish", {
    // With t = tanh(softplus(x)): t + x (1 − t²) σ(x)
    gradient(view) {
      const x = view.input(0);
      const t = view.op("Tanh", [view.op("Softplus", [x])]);
      const rise = view.op("Mul", [oneMinusSquare(view, t), view.op("Sigmoid", [x])]);
      return view.op("Mul", [view.dy, view.op("Add", [t, view.op("Mul", [x, rise])])]);
    },
    flops: 3 * TRANSCENDENTAL,
  }),
  {
    op: "PRelu",
    infer: (node) => [node.type(0)],
    gradient(view) {
      const [x, slope, positive] = [view.input(0), view.input(1), above(view, 0)];
      return [
        choose(view, positive, view.dy, view.op("Mul", [view.dy, slope])),
        view.needs(1)
          ? unbroadcast(view, choose(view, positive, zero(view), view.op("Mul", [view.dy, x])), view.shape(1))
          : undefined,
      ];
    },
    flops: perInput(2),
    samples: [
      { name: "one slope", inputs: [{ shape: [2, 3], range: [-2, -0.1] }, { shape: [1] }] },
      {
        name: "a slope for each channel",
        inputs: [{ shape: [2, 3, 2], range: [-2, -0.1] }, { shape: [3, 1] }],
      },
      { name: "on the right of zero", inputs: [{ shape: [2, 3], range: [0.1, 2] }, { shape: [3] }] },
    ],
  },
];
