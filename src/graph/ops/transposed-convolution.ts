/** ConvTranspose: what Conv does, the other way round, and so are its gradients. */
import type { Dim, TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { halved, isSame, reach, toldWindows, type Windows, windowAttributes } from "../windows.ts";
import { biasGradient, CONV_ATTRIBUTES, weightGradient } from "./convolution.ts";

/** With pads as they follow from output_shape or auto_pad. */
function sizes(node: NodeView): { windows: Windows; places: readonly Dim[] } {
  const windows = toldWindows(node, node.shape(1).slice(2));
  const { kernel, strides, dilations, begins, ends } = windows;
  const added = node.ints(
    "output_padding",
    begins.map(() => 0),
  );
  const wanted = node.ints("output_shape", []).slice(-kernel.length);
  if (isSame(node) || wanted.length > 0) {
    const known = node
      .shape(0)
      .slice(2)
      .map((side) =>
        typeof side === "number" ? side : node.unsupported("its size is not known before the run"),
      );
    const places = known.map((side, axis) => wanted[axis] ?? side * strides[axis]!);
    const total = known.map((side, axis) => {
      const full = (side - 1) * strides[axis]! + reach(kernel[axis]!, dilations[axis]!) + added[axis]!;
      return Math.max(0, full - places[axis]!);
    });
    return {
      windows: { ...windows, ...halved(total, node.string("auto_pad", "NOTSET") === "SAME_UPPER") },
      places,
    };
  }
  const places = kernel.map((side, axis): Dim => {
    const given = node.shape(0)[axis + 2]!;
    const rest = reach(side, dilations[axis]!) + added[axis]! - begins[axis]! - ends[axis]!;
    return typeof given === "number"
      ? (given - 1) * strides[axis]! + rest
      : `(${given}-1)*${strides[axis]}+${rest}`;
  });
  return { windows, places };
}

function outputType(node: NodeView): TensorType {
  const { dtype, shape } = node.type(0);
  const filters = elements([node.shape(1)[1]!]) * node.int("group", 1);
  return { dtype, shape: [shape[0]!, filters, ...sizes(node).places] };
}

function gradient(view: GradientView): Gradients {
  const { windows } = sizes(view);
  const group = view.int("group", 1);
  const [x, w, dy] = [view.input(0), view.input(1), view.dy];
  return [
    view.needs(0) ? view.op("Conv", [dy, w], { group, ...windowAttributes(windows) }) : undefined,
    view.needs(1) ? weightGradient(view, { x: dy, dy: x, windows, group }) : undefined,
    view.needs(2) ? biasGradient(view) : undefined,
  ];
}

export const TRANSPOSED_CONVOLUTION: readonly OpRow[] = [
  {
    op: "ConvTranspose",
    attributes: { ...CONV_ATTRIBUTES, output_padding: "ints", output_shape: "ints" },
    infer: (node) => [outputType(node)],
    gradient,
    flops: (node) => 2 * elements([...node.shape(0), ...node.shape(1).slice(1)]),
    samples: [
      { name: "sound", inputs: [{ shape: [2, 3, 4] }, { shape: [3, 2, 3] }, { shape: [2] }] },
      {
        name: "images with strides, pads and places added",
        inputs: [{ shape: [1, 2, 3, 4] }, { shape: [2, 3, 3, 2] }],
        attributes: { strides: [2, 3], pads: [1, 0, 1, 1], output_padding: [1, 2] },
      },
      {
        name: "groups and dilations",
        inputs: [{ shape: [2, 4, 3, 3] }, { shape: [4, 2, 2, 2] }, { shape: [4] }],
        attributes: { group: 2, dilations: [2, 1] },
      },
      {
        name: "same size",
        inputs: [{ shape: [1, 2, 3, 4] }, { shape: [2, 2, 3, 3] }],
        attributes: { auto_pad: "SAME_UPPER", strides: [2, 2] },
      },
    ],
  },
];
