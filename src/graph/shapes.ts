/** Arithmetic of shapes. */
import type { Dim, Shape } from "./graph.ts";

/** NaN when a symbol is in it. */
export const elements = (shape: Shape): number =>
  shape.reduce<number>((product, side) => product * (typeof side === "number" ? side : Number.NaN), 1);

export const isStatic = (shape: Shape): shape is readonly number[] =>
  shape.every((side) => typeof side === "number");

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((side, at) => side === b[at]);

/** Index from the front; -1 is the last. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Multidirectional broadcasting (onnx/onnx, docs/Broadcasting.md); undefined when the shapes do not fit. */
export function broadcast(...shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dim[] = [];
  for (let back = rank; back >= 1; back--) {
    const side = shapes.reduce<Dim | undefined>(
      (so, shape) => (so === undefined ? undefined : broadcastDim(so, shape.at(-back) ?? 1)),
      1,
    );
    if (side === undefined) return undefined;
    result.push(side);
  }
  return result;
}

/** Where a symbol meets a number above one, it can only be that number, or one. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number" && typeof b === "number") return undefined;
  if (typeof a === "number") return a;
  return typeof b === "number" ? b : `max(${a},${b})`;
}

/** The axes of `from` that broadcasting `to` up to it added or stretched. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const added = from.length - to.length;
  return from.flatMap((side, axis) => (axis < added || (to[axis - added] === 1 && side !== 1) ? [axis] : []));
}

/** A symbol for the sum when one of `dims` is one. */
export function dimSum(dims: readonly Dim[]): Dim {
  const known = dims.reduce<number>((sum, dim) => (typeof dim === "number" ? sum + dim : sum), 0);
  const symbols = dims.filter((dim) => typeof dim === "string");
  if (symbols.length === 0) return known;
  return `${symbols.join("+")}${known === 0 ? "" : known < 0 ? known : `+${known}`}`;
}

/** A symbol for the product when one of `dims` is one. */
export function dimProduct(dims: readonly Dim[]): Dim {
  const known = dims.reduce<number>((product, dim) => (typeof dim === "number" ? product * dim : product), 1);
  const symbols = dims.filter((dim) => typeof dim === "string");
  if (symbols.length === 0 || known === 0) return known;
  return [
    ...(known === 1 ? [] : [known]),
    ...symbols.map((one) => (/[+-]/.test(one) ? `(${one})` : one)),
  ].join("*");
}
