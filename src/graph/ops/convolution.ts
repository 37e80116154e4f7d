/** Conv, with the gradients of its input and weights by convolutions again; and ONNX Runtime's FusedConv. */
import { expressions } from "../expressions.ts";
import type { Dim, TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow } from "../op-row.ts";
import { elements, isStatic } from "../shapes.ts";
import { transposedWindows, type Windows, windowAttributes, windowCounts, windowsOf } from "../windows.ts";
import { activated } from "./fused-activation.ts";

const convWindows = (node: NodeView): Windows => windowsOf(node, node.shape(1).slice(2));

function convType(node: NodeView): TensorType {
  const { dtype, shape } = node.type(0);
  const [filters, channels] = node.shape(1);
  const group = node.int("group", 1);
  const given = shape[1];
  if (typeof given === "number" && typeof channels === "number" && given !== channels * group) {
    node.fail(`${given} channels do not fit weights [${node.shape(1).join(", ")}] in ${group} groups`);
  }
  return { dtype, shape: [shape[0]!, filters!, ...windowCounts(node, convWindows(node))] };
}

/** The shape of an input or of the weights, known in full. */
export function knownShape(view: GradientView, value: string): readonly number[] {
  const shape = view.build.shape(value);
  return isStatic(shape)
    ? shape
    : view.unsupported(`the shape [${shape.join(", ")}] of "${value}" is not known before the run`);
}

/** A sum over batch and places, for a bias. */
export function biasGradient(view: GradientView): string {
  const axes = view.shape(0).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return view.op("ReduceSum", [view.dy, view.build.ints(axes)], { keepdims: 0 });
}

/**
 * The gradient of weights [filters, channels / group, …kernel] by which windows of x gave y: x is convolved with dy, batch and channels
 * in each other's place, strides and dilations too. Channels of different groups lie side by side and do not meet.
 */
export function weightGradient(
  view: GradientView,
  { x, dy, windows, group }: { x: string; dy: string; windows: Windows; group: number },
): string {
  const { transpose, reshape } = expressions(view.build);
  const [batch, channels, ...places] = knownShape(view, x) as [number, number, ...number[]];
  const spatial = places.map((_, axis) => axis + 2);
  const swapped = [1, 0, ...spatial];
  const apart = reshape(x, [batch, group, channels / group, ...places]);
  const byChannel = transpose(apart, [2, 1, 0, ...spatial.map((axis) => axis + 1)]);
  const image = reshape(byChannel, [channels / group, group * batch, ...places]);
  const sums = view.op("Conv", [image, transpose(dy, swapped)], {
    group,
    ...windowAttributes({
      ...windows,
      kernel: knownShape(view, dy).slice(2),
      strides: windows.dilations,
      dilations: windows.strides,
    }),
  });
  // Places behind the last window give sums that belong to no weight.
  const full = view.build.shape(sums);
  const trimmed = windows.kernel.every((side, axis) => side === full[axis + 2])
    ? sums
    : view.op("Slice", [
        sums,
        view.build.ints(spatial.map(() => 0)),
        view.build.ints(windows.kernel),
        view.build.ints(spatial),
      ]);
  return transpose(trimmed, swapped);
}

function convGradient(view: GradientView): Gradients {
  const windows = convWindows(view);
  const group = view.int("group", 1);
  const [x, w, dy] = [view.input(0), view.input(1), view.dy];
  const dx = (): string =>
    view.op("ConvTranspose", [dy, w], {
      group,
      ...transposedWindows(windows, knownShape(view, dy).slice(2), knownShape(view, x).slice(2)),
    });
  return [
    view.needs(0) ? dx() : undefined,
    view.needs(1) ? weightGradient(view, { x, dy, windows, group }) : undefined,
    view.needs(2) ? biasGradient(view) : undefined,
  ];
}

/** Each weight of a filter meets each of its windows. */
const convFlops = (node: NodeView): number => {
  const [, , ...places] = convType(node).shape as [Dim, Dim, ...Dim[]];
  const products = 2 * elements([node.shape(0)[0]!, ...places]) * elements(node.shape(1));
  return products + (node.has(2) ? elements(convType(node).shape) : 0);
};

export const CONV_ATTRIBUTES = {
  auto_pad: "string",
  dilations: "ints",
  group: "int",
  kernel_shape: "ints",
  pads: "ints",
  strides: "ints",
} as const;

export const CONVOLUTION: readonly OpRow[] = [
  {
    op: "Conv",
    attributes: CONV_ATTRIBUTES,
    infer: (node) => [convType(node)],
    gradient: convGradient,
    flops: convFlops,
    samples: [
      { name: "sound", inputs: [{ shape: [2, 3, 9] }, { shape: [4, 3, 3] }, { shape: [4] }] },
      {
        name: "images, odd sizes and strides",
        inputs: [{ shape: [2, 3, 7, 8] }, { shape: [4, 3, 3, 2] }, { shape: [4] }],
        attributes: { strides: [2, 3], pads: [1, 0, 2, 1] },
      },
      {
        name: "groups and dilations",
        inputs: [{ shape: [2, 4, 8, 7] }, { shape: [6, 2, 2, 3] }],
        attributes: { group: 2, dilations: [2, 1], strides: [1, 2] },
      },
      {
        name: "one group for each channel, same size",
        inputs: [{ shape: [1, 3, 5, 6] }, { shape: [3, 1, 3, 3] }, { shape: [3] }],
        attributes: { group: 3, auto_pad: "SAME_UPPER", strides: [2, 2] },
      },
      {
        name: "places that no window reaches",
        inputs: [{ shape: [1, 2, 11] }, { shape: [2, 2, 2] }],
        attributes: { strides: [4] },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "FusedConv",
    attributes: { ...CONV_ATTRIBUTES, activation: "string", activation_params: "floats" },
    infer: (node) => [convType(node)],
    flops: convFlops,
    lower(view) {
      const inputs = view.node.inputs.slice(0, 3);
      const plain = view.op("Conv", inputs, {
        group: view.int("group", 1),
        ...windowAttributes(convWindows(view)),
      });
      const sum = view.has(3) ? view.op("Add", [plain, view.input(3)]) : plain;
      const { activation_params: parameters } = view.node.attributes;
      return [
        activated(
          view,
          sum,
          view.string("activation", ""),
          parameters?.type === "floats" ? parameters.value : [],
        ),
      ];
    },
    samples: [
      {
        name: "a rectifier",
        inputs: [{ shape: [1, 2, 5, 5] }, { shape: [3, 2, 3, 3] }, { shape: [3] }],
        attributes: { activation: "Relu", pads: [1, 1, 1, 1] },
      },
      {
        name: "a sum and bounds",
        inputs: [{ shape: [1, 2, 5, 5] }, { shape: [3, 2, 3, 3] }, { shape: [3] }, { shape: [1, 3, 3, 3] }],
        attributes: { activation: "Clip", activation_params: [-1, 1] },
      },
    ],
  },
];
