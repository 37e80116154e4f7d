/** Operators on small known tensors, for what decides shapes; everything else is computed by the runtime. */
import { type Dtype, elementCount } from "../formats/tensor-ref.ts";
import type { NodeView } from "./node-view.ts";
import { broadcast, isStatic } from "./shapes.ts";
import { MOST_KNOWN, type Values } from "./values.ts";

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const side of shape.toReversed()) {
    strides.unshift(step);
    step *= side;
  }
  return strides;
}

/** The index in `shape` (0 … count − 1) of the element that place `at` of the broadcast shape `of` shows. */
export function broadcastIndex(at: number, of: readonly number[], shape: readonly number[]): number {
  const ours = stridesOf(shape);
  const added = of.length - shape.length;
  return stridesOf(of).reduce((index, stride, axis) => {
    const along = Math.floor(at / stride) % of[axis]!;
    return axis < added || shape[axis - added] === 1 ? index : index + along * ours[axis - added]!;
  }, 0);
}

/** Elementwise on as many operands as the node has; undefined when one is not known. */
export function combine(
  node: NodeView,
  of: (...operands: number[]) => number,
  dtype: Dtype = node.type(0).dtype,
): readonly Values[] | undefined {
  const operands = node.node.inputs.map((_, input) => node.values(input));
  if (!operands.every((one) => one !== undefined)) return undefined;
  const shape = broadcast(...operands.map((one) => one.shape));
  if (shape === undefined || !isStatic(shape)) return undefined;
  return made(dtype, shape, (at) =>
    of(...operands.map((one) => one.values[broadcastIndex(at, shape, one.shape)]!)),
  );
}

/** The only output, element by element; undefined when it is too large to decide a shape. */
export function made(
  dtype: Dtype,
  shape: readonly number[],
  of: (at: number) => number,
): readonly Values[] | undefined {
  const length = elementCount(shape);
  if (length > MOST_KNOWN) return undefined;
  // Halves are rounded when they are written.
  const stored = dtype === "float32" ? Math.fround : (value: number) => value;
  return [{ dtype, shape, values: Array.from({ length }, (_, at) => stored(of(at))) }];
}

/** The only output, where each place of it shows a place of `from`. */
export const rearranged = (
  from: Values,
  shape: readonly number[],
  source: (place: readonly number[]) => readonly number[],
): readonly Values[] | undefined =>
  made(from.dtype, shape, (at) => from.values[indexOf(source(placeOf(at, shape)), from.shape)]!);

export const placeOf = (at: number, shape: readonly number[]): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(at / stride) % shape[axis]!);

export const indexOf = (place: readonly number[], shape: readonly number[]): number =>
  stridesOf(shape).reduce((index, stride, axis) => index + place[axis]! * stride, 0);
