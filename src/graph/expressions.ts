/** Formulas on values of a graph, as gradients and lowerings write them. */
import type { Builder } from "./builder.ts";

export interface Expressions {
  add(a: string, b: string): string;
  sub(a: string, b: string): string;
  mul(a: string, b: string): string;
  div(a: string, b: string): string;
  matmul(a: string, b: string): string;
  sqrt(a: string): string;
  /** Reductions keep their axes, as sides of one, so that results broadcast back. */
  mean(a: string, axes: readonly number[]): string;
  sum(a: string, axes: readonly number[]): string;
  /** Plus and times a number, which leave out what changes nothing. */
  plus(a: string, number: number): string;
  times(a: string, number: number): string;
  reshape(a: string, shape: readonly number[]): string;
  transpose(a: string, perm: readonly number[]): string;
  /** The part [from, to) along one axis. */
  slice(a: string, axis: number, from: number, to: number): string;
  unsqueeze(a: string, ...axes: number[]): string;
}

export function expressions(build: Builder): Expressions {
  const binary =
    (op: string) =>
    (a: string, b: string): string =>
      build.op(op, [a, b]);
  const reduction =
    (op: string) =>
    (a: string, axes: readonly number[]): string =>
      build.op(op, [a, build.ints(axes)], { keepdims: 1 });
  const add = binary("Add");
  const mul = binary("Mul");
  const number = (like: string, value: number): string => build.scalar(value, build.typeOf(like)?.dtype);
  return {
    add,
    sub: binary("Sub"),
    mul,
    div: binary("Div"),
    matmul: binary("MatMul"),
    sqrt: (a) => build.op("Sqrt", [a]),
    mean: reduction("ReduceMean"),
    sum: reduction("ReduceSum"),
    plus: (a, value) => (value === 0 ? a : add(a, number(a, value))),
    times: (a, value) => (value === 1 ? a : mul(a, number(a, value))),
    reshape: (a, shape) => build.op("Reshape", [a, build.ints(shape)]),
    transpose: (a, perm) => build.op("Transpose", [a], { perm }),
    slice: (a, axis, from, to) =>
      build.op("Slice", [a, build.ints([from]), build.ints([to]), build.ints([axis])]),
    unsqueeze: (a, ...axes) => build.op("Unsqueeze", [a, build.ints(axes)]),
  };
}
