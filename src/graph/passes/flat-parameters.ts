/** All trained tensors as one vector: one input, one gradient, one optimizer step, whatever their number. */
import { elementCount } from "../../formats/tensor-ref.ts";
import type { Builder } from "../builder.ts";

export type ParameterShapes = ReadonlyMap<string, readonly number[]>;

export interface Span {
  readonly offset: number;
  readonly shape: readonly number[];
}

/** Where each tensor lies in the vector, in the map's order. */
export function layOut(shapes: ParameterShapes): {
  readonly spans: ReadonlyMap<string, Span>;
  readonly size: number;
} {
  let offset = 0;
  const spans = new Map<string, Span>();
  for (const [name, shape] of shapes) {
    spans.set(name, { offset, shape });
    offset += elementCount(shape);
  }
  return { spans, size: offset };
}

/** Adds the input `from` (float32 [size]) and makes each tensor under its own name. */
export function unpack(build: Builder, from: string, shapes: ParameterShapes): void {
  const { size } = layOut(shapes);
  const vector = build.input(from, "float32", [size]);
  const sizes = [...shapes.values()].map(elementCount);
  const parts = build.within(from, () =>
    build.ops("Split", [vector, build.ints(sizes)], { axis: 0 }, sizes.length),
  );
  for (const [at, [name, shape]] of [...shapes].entries()) {
    build.addNamed("Reshape", [parts[at]!, build.ints(shape)], {}, name);
  }
}

/** The same layout of other values, such as gradients: float32 [size]. */
export const pack = (build: Builder, values: readonly string[]): string =>
  build.op(
    "Concat",
    values.map((value) => build.op("Reshape", [value, build.ints([-1])])),
    { axis: 0 },
  );
