/** ReduceSum, ReduceMean, ReduceMax …: sides shrink to one, or go. */
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import { perInput } from "../flops.ts";
import { reshape } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";
import { elements, isStatic } from "../shapes.ts";

/** Axes are an attribute in older models (opset 12 or 17, by operator), an input in newer ones; without any, all, or none on request. */
function axesOf(node: NodeView): readonly number[] {
  const given = node.has(1) ? node.constant(1) : node.ints("axes", []);
  const rank = node.rank(0);
  if (given.length > 0) return given.map((axis) => node.axisOf(axis, rank));
  return node.int("noop_with_empty_axes", 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

const keptShape = (node: NodeView): Shape => {
  const axes = axesOf(node);
  return node.shape(0).map((side, axis) => (axes.includes(axis) ? 1 : side));
};

function reducedShape(node: NodeView): Shape {
  if (node.int("keepdims", 1) === 1) return keptShape(node);
  const axes = axesOf(node);
  return node.shape(0).filter((_, axis) => !axes.includes(axis));
}

/** How many elements each output sums up. */
const groupSize = (node: NodeView): number => elements(node.shape(0)) / elements(keptShape(node));

/** The gradient of each output, at every element that it was made of. */
function spread(view: GradientView, gradient: string): string {
  const shape = view.shape(0);
  if (!isStatic(shape)) view.unsupported(`its shape [${shape.join(", ")}] is not known before the run`);
  return view.op("Expand", [reshape(view, gradient, keptShape(view)), view.build.ints(shape)]);
}

/** Of several equal extremes each gets an equal share. */
function extremeGradient(view: GradientView): Gradients {
  const best = reshape(view, view.output(), keptShape(view));
  const to = dataTypeNumber(view.type(0).dtype);
  const isBest = view.op("Cast", [view.op("Equal", [view.input(0), best])], { to });
  const count = view.op("ReduceSum", [isBest, view.build.ints(axesOf(view))], {
    keepdims: 1,
    noop_with_empty_axes: 1,
  });
  const share = view.op("Div", [reshape(view, view.dy, keptShape(view)), count]);
  return [view.op("Mul", [isBest, share]), undefined];
}

const SAMPLES = [
  { name: "all", inputs: [{ shape: [2, 3] }] },
  { name: "the last axis", inputs: [{ shape: [2, 3] }, axes(-1)], attributes: { keepdims: 1 } },
  { name: "an axis that goes", inputs: [{ shape: [2, 3, 4] }, axes(1)], attributes: { keepdims: 0 } },
  { name: "two axes", inputs: [{ shape: [2, 3, 4] }, axes(0, 2)], attributes: { keepdims: 0 } },
  { name: "no axis, on request", inputs: [{ shape: [2, 3] }], attributes: { noop_with_empty_axes: 1 } },
] as const satisfies readonly Sample[];
function axes(...values: number[]) {
  return { shape: [values.length], dtype: "int64", values, constant: true } as const;
}

/** Numbers that lie far enough apart for one to stay the largest, in no order. */
const APART: readonly Sample[] = SAMPLES.map((sample) => ({
  ...sample,
  inputs: sample.inputs.map((input, at) =>
    at === 0
      ? {
          ...input,
          values: Array.from({ length: elements(input.shape) }, (_, at) => ((7 * at) % 24) / 6 - 2),
        }
      : input,
  ),
}));

const reduction = (
  op: string,
  gradient: (view: GradientView) => Gradients,
  samples: readonly Sample[] = SAMPLES,
): OpRow => ({
  op,
  attributes: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  infer: (node) => [{ dtype: node.type(0).dtype, shape: reducedShape(node) }],
  gradient,
  flops: perInput(1),
  samples,
});

const scaledBy = (view: GradientView, value: string, factor: number): string =>
  view.op("Mul", [value, view.build.scalar(factor, view.type(0).dtype)]);

export const REDUCTION: readonly OpRow[] = [
  reduction("ReduceSum", (view) => [spread(view, view.dy), undefined]),
  reduction("ReduceMean", (view) => [spread(view, scaledBy(view, view.dy, 1 / groupSize(view))), undefined]),
  reduction("ReduceMax", extremeGradient, APART),
  reduction("ReduceMin", extremeGradient, APART),
];
