/** Slice: every n-th element of a stretch, forwards or backwards. */
import { rearranged } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { reshape, sides, zeros } from "../gradient-parts.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { fromFront, isStatic } from "../shapes.ts";
import type { Values } from "../values.ts";

/** What is taken of one axis: `count` elements from `start` on, `step` apart. */
interface Stretch {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

type Name = "starts" | "ends" | "axes" | "steps";

/** Inputs since opset 10, attributes before; undefined when not known before the run, or not given. */
function given(node: NodeView, input: number, name: Name): readonly number[] | undefined {
  if (node.has(input)) return node.values(input)?.values;
  return node.hasAttribute(name) ? node.ints(name) : undefined;
}

/** Bounds are clamped to what is there; -1 before the front, for steps backwards. */
function stretchOf(
  side: number,
  { start, end, step }: { start: number; end: number; step: number },
): Stretch {
  const [lowest, highest] = step > 0 ? [0, side] : [-1, side - 1];
  const clamp = (bound: number, least: number): number =>
    Math.min(Math.max(fromFront(bound, side), least), highest);
  const first = clamp(start, Math.max(lowest, 0));
  return { start: first, step, count: Math.max(0, Math.ceil((clamp(end, lowest) - first) / step)) };
}

/** Bounds beyond any size stand for the end. */
const BEYOND = 2 ** 31 - 1;

/** For each axis what is taken, the symbol of an unknown size, or undefined: all of it. */
function stretches(node: NodeView): readonly (Stretch | Dim | undefined)[] {
  const shape = node.shape(0);
  const [starts, ends] = [given(node, 1, "starts"), given(node, 2, "ends")];
  const count = starts?.length ?? node.shape(1)[0];
  if (typeof count !== "number" || (node.has(3) && node.values(3) === undefined)) {
    return shape.map((_, axis) => node.unknownSide(axis));
  }
  const axes = given(node, 3, "axes") ?? Array.from({ length: count }, (_, at) => at);
  const steps = node.has(4) ? node.values(4)?.values : axes.map(() => 1);
  const taken: (Stretch | Dim | undefined)[] = shape.map(() => undefined);
  for (const [at, named] of axes.entries()) {
    const axis = node.axisOf(named, shape.length);
    const side = shape[axis]!;
    const [start, end, step] = [starts?.[at], ends?.[at], steps?.[at]];
    if (start === undefined || end === undefined || step === undefined) taken[axis] = node.unknownSide(axis);
    else if (typeof side === "number") taken[axis] = stretchOf(side, { start, end, step });
    else if (start !== 0 || end < BEYOND || step !== 1)
      taken[axis] = `slice(${side},${start},${end},${step})`;
  }
  return taken;
}

const slicedShape = (node: NodeView): Shape =>
  stretches(node).map((taken, axis) =>
    typeof taken === "object" ? taken.count : (taken ?? node.shape(0)[axis]!),
  );

/** All axes of a tensor whose shape and bounds are known. */
const knownStretches = (node: NodeView): readonly Stretch[] =>
  stretches(node).map((taken, axis) => {
    if (typeof taken === "object") return taken;
    const side = node.shape(0)[axis]!;
    if (taken !== undefined || typeof side !== "number")
      node.unsupported("its bounds are not known before the run");
    return { start: 0, step: 1, count: side };
  });

function evaluated(node: NodeView): readonly Values[] | undefined {
  const [from, shape] = [node.values(0), slicedShape(node)];
  if (from === undefined || !isStatic(shape)) return undefined;
  const taken = knownStretches(node);
  return rearranged(from, shape, (place) =>
    place.map((at, axis) => taken[axis]!.start + at * taken[axis]!.step),
  );
}

/** Back to their places: turned around, spread out, and with zeros where nothing was taken. */
function gradient(view: GradientView): string {
  const shape = sides(view, view.shape(0));
  const taken = knownStretches(view);
  if (taken.some(({ count }) => count === 0)) return zeros(view, view.type(0));
  let spread = turned(view, taken);
  for (const [axis, { step, count }] of taken.entries()) {
    if (Math.abs(step) > 1 && count > 1) spread = dilated(view, spread, axis, Math.abs(step));
  }
  const reached = sides(view, view.build.shape(spread));
  const before = taken.map(({ start, step, count }) => Math.min(start, start + step * (count - 1)));
  // Less than nothing behind: the gaps after the last element, which go again.
  const behind = shape.map((side, axis) => side - before[axis]! - reached[axis]!);
  return padded(view, spread, [...before, ...behind]);
}

/** Steps backwards undone. */
function turned(view: GradientView, taken: readonly Stretch[]): string {
  const axes = taken.flatMap(({ step, count }, axis) => (step < 0 && count > 1 ? [axis] : []));
  if (axes.length === 0) return view.dy;
  const each = (of: (axis: number) => number): string => view.build.ints(axes.map(of));
  return view.op("Slice", [
    view.dy,
    each((axis) => taken[axis]!.count - 1),
    each((axis) => -taken[axis]!.count - 1),
    view.build.ints(axes),
    each(() => -1),
  ]);
}

/** Each element along `axis` followed by step − 1 zeros. */
function dilated(view: GradientView, value: string, axis: number, step: number): string {
  const shape = sides(view, view.build.shape(value));
  const apart = reshape(view, value, shape.toSpliced(axis + 1, 0, 1));
  const pads = Array.from({ length: 2 * (shape.length + 1) }, () => 0);
  const gaps = padded(view, apart, pads.with(shape.length + 1 + axis + 1, step - 1));
  return reshape(view, gaps, shape.with(axis, shape[axis]! * step));
}

const padded = (view: GradientView, value: string, pads: readonly number[]): string =>
  pads.every((pad) => pad === 0) ? value : view.op("Pad", [value, view.build.ints(pads)]);

const ints = (...values: number[]): SampleInput => ({
  shape: [values.length],
  dtype: "int64",
  values,
  constant: true,
});

export const SLICE: readonly OpRow[] = [
  {
    op: "Slice",
    attributes: { starts: "ints", ends: "ints", axes: "ints" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: slicedShape(node) }],
    evaluate: evaluated,
    gradient: (view) => [gradient(view)],
    flops: noFlops,
    samples: [
      { name: "a part of all axes", inputs: [{ shape: [4, 5] }, ints(1, 0), ints(3, 4)] },
      { name: "from the back", inputs: [{ shape: [4, 5] }, ints(-3), ints(2 ** 31 - 1), ints(-1)] },
      { name: "every second", inputs: [{ shape: [7, 2] }, ints(1), ints(7), ints(0), ints(2)] },
      { name: "every third to the end", inputs: [{ shape: [2, 7] }, ints(0), ints(7), ints(1), ints(3)] },
      { name: "backwards", inputs: [{ shape: [5, 2] }, ints(-1), ints(-(2 ** 31)), ints(0), ints(-1)] },
      {
        name: "every second backwards",
        inputs: [{ shape: [2, 7] }, ints(5, 0), ints(0, 2), ints(1, 0), ints(-2, 1)],
      },
      { name: "a single element", inputs: [{ shape: [6] }, ints(4), ints(5), ints(0), ints(3)] },
      { name: "nothing", inputs: [{ shape: [3, 2] }, ints(2), ints(2), ints(0)] },
      { name: "bounds beyond the ends", inputs: [{ shape: [3] }, ints(-10), ints(10)] },
    ],
  },
];
