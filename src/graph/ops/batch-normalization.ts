/** Normalisation by channels: BatchNormalization (as at inference), InstanceNormalization, GroupNormalization; and LpNormalization. */
import { expressions } from "../expressions.ts";
import { perInput } from "../flops.ts";
import { reshape } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, SampleInput } from "../op-row.ts";
import { isStatic } from "../shapes.ts";
import { DEFAULT_EPSILON } from "./normalization.ts";

/** All axes but the channels', which are axis 1. */
const besideChannels = (shape: Shape): number[] =>
  shape.flatMap((_, axis) => (axis === 1 || (axis === 0 && shape.length === 1) ? [] : [axis]));
const spatial = (shape: Shape): number[] => shape.flatMap((_, axis) => (axis < 2 ? [] : [axis]));

/** A vector by channels, so that it broadcasts to [batch, channels, …]. */
const byChannel = (view: GradientView, vector: string): string =>
  view.op("Reshape", [vector, view.build.ints([-1, ...spatial(view.shape(0)).map(() => 1)])]);

/** The sum of a gradient over everything but channels, as a vector. */
const channelSum = (view: GradientView, value: string): string =>
  view.op("ReduceSum", [value, view.build.ints(besideChannels(view.shape(0)))], { keepdims: 0 });

/** y = γ · (x − μ)/√(v + ε) + β with given μ and v. */
function batchGradient(view: GradientView): Gradients {
  const { mul, sub, plus, times, sqrt } = expressions(view.build);
  const [x, gamma, mean] = [view.input(0), view.input(1), view.input(3)];
  const inverse = view.op("Reciprocal", [sqrt(plus(view.input(4), view.float("epsilon", DEFAULT_EPSILON)))]);
  const slope = mul(gamma, inverse);
  const dx = mul(view.dy, byChannel(view, slope));
  const dGamma = (): string => mul(channelSum(view, mul(view.dy, sub(x, byChannel(view, mean)))), inverse);
  return [
    dx,
    view.needs(1) ? dGamma() : undefined,
    view.needs(2) ? channelSum(view, view.dy) : undefined,
    view.needs(3) ? times(channelSum(view, dx), -1) : undefined,
    // dv = −½ γ · dγ/(v + ε)
    view.needs(4) ? times(mul(mul(gamma, dGamma()), mul(inverse, inverse)), -0.5) : undefined,
  ];
}

/** Each channel of each sample is normalised over its places; the formula of LayerNormalization. */
function instanceGradient(view: GradientView): Gradients {
  const { mul, sub, plus, sqrt, mean } = expressions(view.build);
  const axes = spatial(view.shape(0));
  const centred = sub(view.input(0), mean(view.input(0), axes));
  const variance = mean(mul(centred, centred), axes);
  const inverse = view.op("Reciprocal", [sqrt(plus(variance, view.float("epsilon", DEFAULT_EPSILON)))]);
  const unit = mul(centred, inverse);
  const dx = (): string => {
    const m = mul(view.dy, byChannel(view, view.input(1)));
    return mul(sub(sub(m, mean(m, axes)), mul(unit, mean(mul(m, unit), axes))), inverse);
  };
  return [
    view.needs(0) ? dx() : undefined,
    view.needs(1) ? channelSum(view, mul(view.dy, unit)) : undefined,
    view.needs(2) ? channelSum(view, view.dy) : undefined,
  ];
}

/** InstanceNormalization of groups as channels; scale and bias are one for each channel since opset 21, for each group before. */
function lowerGroup(view: GradientView): readonly string[] {
  const { mul, add } = expressions(view.build);
  const groups = view.int("num_groups");
  const shape = view.shape(0);
  if (!isStatic(shape)) view.unsupported("its shape is not known before the run");
  const filled = (value: number): string =>
    view.op("Expand", [view.build.scalar(value, view.type(0).dtype), view.build.ints([groups])]);
  const grouped = view.op("Reshape", [view.input(0), view.build.ints([0, groups, -1])]);
  const normed = view.op("InstanceNormalization", [grouped, filled(1), filled(0)], {
    epsilon: view.float("epsilon", DEFAULT_EPSILON),
  });
  const perGroup = view.shape(1)[0] === groups && shape[1] !== groups;
  const [scaled, shifted] = perGroup
    ? [view.build.ints([groups, 1]), view.build.ints([groups, 1])].map((to, at) =>
        view.op("Reshape", [view.input(at + 1), to]),
      )
    : [byChannel(view, view.input(1)), byChannel(view, view.input(2))];
  if (perGroup) return [reshape(view, add(mul(normed, scaled!), shifted!), shape)];
  return [add(mul(reshape(view, normed, shape), scaled!), shifted!)];
}

/** y = x/n with n = ‖x‖ₚ along the axis: dx = (dy − ∂n/∂x · Σ dy · y)/n, where ∂n/∂x is y for p = 2, the sign of x for p = 1. */
function lpGradient(view: GradientView): Gradients {
  const { mul, sub, div, sum, sqrt } = expressions(view.build);
  const axes = [view.axis("axis", -1)];
  const [x, y] = [view.input(0), view.output()];
  const two = view.int("p", 2) === 2;
  const norm = two ? sqrt(sum(mul(x, x), axes)) : sum(view.op("Abs", [x]), axes);
  const along = mul(two ? y : view.op("Sign", [x]), sum(mul(view.dy, y), axes));
  return [div(sub(view.dy, along), norm)];
}

const vector = (size: number, low = -2): SampleInput => ({ shape: [size], range: [low, 2] });

function refuseTraining(node: NodeView): void {
  if (node.int("training_mode", 0) === 1 || node.node.outputs.filter((name) => name !== "").length > 1) {
    node.unsupported("statistics of a batch are not computed: export the model for inference");
  }
  if (node.int("spatial", 1) === 0)
    node.unsupported("statistics for each place went out of ONNX with opset 9");
}

export const BATCH_NORMALIZATION: readonly OpRow[] = [
  {
    op: "BatchNormalization",
    // spatial and is_test: opsets before 9 and 7.
    attributes: { epsilon: "float", momentum: "float", training_mode: "int", spatial: "int", is_test: "int" },
    infer(node) {
      refuseTraining(node);
      return [node.type(0)];
    },
    gradient: batchGradient,
    flops: perInput(2),
    samples: [
      {
        name: "images",
        inputs: [{ shape: [2, 3, 4, 5] }, vector(3), vector(3), vector(3), vector(3, 0.5)],
        attributes: { epsilon: 0.01 },
      },
      { name: "rows", inputs: [{ shape: [4, 3] }, vector(3), vector(3), vector(3), vector(3, 0.5)] },
    ],
  },
  {
    op: "InstanceNormalization",
    attributes: { epsilon: "float" },
    infer: (node) => [node.type(0)],
    gradient: instanceGradient,
    flops: perInput(8),
    samples: [
      { name: "images", inputs: [{ shape: [2, 3, 4, 5] }, vector(3), vector(3)] },
      { name: "sound", inputs: [{ shape: [2, 1, 7] }, vector(1), vector(1)], attributes: { epsilon: 0.01 } },
    ],
  },
  {
    op: "GroupNormalization",
    attributes: { epsilon: "float", num_groups: "int", stash_type: "int" },
    infer: (node) => [node.type(0)],
    flops: perInput(10),
    lower: lowerGroup,
    samples: [
      {
        name: "two groups",
        inputs: [{ shape: [2, 6, 3, 3] }, vector(6), vector(6)],
        attributes: { num_groups: 2 },
      },
    ],
  },
  {
    op: "LpNormalization",
    attributes: { axis: "int", p: "int" },
    infer: (node) => [node.type(0)],
    gradient: lpGradient,
    flops: perInput(3),
    samples: [
      { name: "length one", inputs: [{ shape: [3, 5] }] },
      // Away from zero, where |x| has no derivative.
      {
        name: "sum one",
        inputs: [{ shape: [3, 5], range: [0.5, 2] }],
        attributes: { p: 1, axis: 0 },
      },
    ],
  },
];
