/** Pieces that gradients of several operators share. */

import type { Dtype } from "../formats/tensor-ref.ts";
import type { Shape, TensorType } from "./graph.ts";
import type { GradientView, NodeView } from "./node-view.ts";
import { broadcast, broadcastAxes, isStatic, sameShape } from "./shapes.ts";

/** Sums a gradient of shape `from` down to the operand that was broadcast up to it. */
export function unbroadcast(view: GradientView, gradient: string, to: Shape): string {
  const from = view.build.shape(gradient);
  if (sameShape(from, to)) return gradient;
  const axes = broadcastAxes(from, to);
  const summed =
    axes.length === 0
      ? gradient
      : view.op("ReduceSum", [gradient, view.build.ints(axes)], {
          keepdims: from.length === to.length ? 1 : 0,
        });
  return reshape(view, summed, to);
}

/** @throws "graph-unsupported" for a shape with symbols. */
export function reshape(view: GradientView, value: string, shape: Shape): string {
  if (sameShape(view.build.shape(value), shape)) return value;
  return view.op("Reshape", [value, view.build.ints(sides(view, shape))]);
}

export function broadcastShape(node: NodeView): Shape {
  const shapes = node.node.inputs.map((_, input) => node.shape(input));
  return (
    broadcast(...shapes) ??
    node.fail(`shapes ${shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ")} do not fit`)
  );
}

/** Elementwise operators: one type, the broadcast shape. */
export function broadcastType(node: NodeView): TensorType {
  const types = node.node.inputs.map((_, input) => node.type(input));
  const shape = broadcastShape(node);
  const { dtype } = types[0]!;
  const other = types.find((type) => type.dtype !== dtype);
  if (other !== undefined) node.fail(`types ${dtype} and ${other.dtype} do not fit`);
  return { dtype, shape };
}

/** [0, 1, … rank − 1] with the last two exchanged. */
export const lastTwoSwapped = (rank: number): number[] =>
  Array.from({ length: rank }, (_, at) => (at < rank - 2 ? at : 2 * rank - 3 - at));

export const transposed = (view: GradientView, value: string): string =>
  view.op("Transpose", [value], { perm: lastTwoSwapped(view.build.shape(value).length) });

/** Whether a gradient can flow through values of this type. */
export const isFloat = (dtype: Dtype): boolean => dtype.includes("float");

/** A number of the type of the first input. */
export const constant = (view: GradientView, value: number): string =>
  view.build.scalar(value, view.type(0).dtype);

export const scaled = (view: GradientView, value: string, factor: number): string =>
  view.op("Mul", [value, constant(view, factor)]);

/** @throws "graph-unsupported" for a shape with symbols. */
export function zeros(view: GradientView, { dtype, shape }: TensorType): string {
  const zero = view.build.scalar(0, dtype);
  return shape.length === 0 ? zero : view.op("Expand", [zero, view.build.ints(sides(view, shape))]);
}

/** @throws "graph-unsupported" for a shape with symbols: gradients are made for shapes that are known. */
export function sides(node: NodeView, shape: Shape): readonly number[] {
  return isStatic(shape)
    ? shape
    : node.unsupported(`its shape [${shape.join(", ")}] is not known before the run`);
}
