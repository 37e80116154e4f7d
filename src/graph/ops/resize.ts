/** Resize: images, and tables of positions, at another size (onnx/onnx, docs/Operators.md, Resize). */
import { expressions } from "../expressions.ts";
import type { Dim } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { knownShape } from "./convolution.ts";

const [ROI, SCALES, SIZES] = [1, 2, 3];
const CROP = "tf_crop_and_resize";

/** Opset 10 has the scales where the region is now. */
const scalesAt = (node: NodeView): number => (node.opset < 11 ? 1 : SCALES);
const axesOf = (node: NodeView): readonly number[] => {
  const all = node.shape(0).map((_, axis) => axis);
  return node.ints("axes", all).map((axis) => node.axisOf(axis, all.length));
};
const isEmpty = (node: NodeView, input: number): boolean => !node.has(input) || node.shape(input)[0] === 0;
const modeOf = (node: NodeView): string =>
  node.string("coordinate_transformation_mode", node.opset < 11 ? "asymmetric" : "half_pixel");

interface Resized {
  readonly side: Dim;
  /** undefined where it is not known. */
  readonly scale: number | undefined;
}

/** Of every axis. */
function resized(node: NodeView): readonly Resized[] {
  const shape = node.shape(0);
  const axes = axesOf(node);
  const result: Resized[] = shape.map((side) => ({ side, scale: 1 }));
  const region = modeOf(node) === CROP ? node.values(ROI)?.values : undefined;
  if (!isEmpty(node, scalesAt(node))) {
    const scales = node.values(scalesAt(node))?.values;
    for (const [at, axis] of axes.entries()) {
      const [side, scale] = [shape[axis]!, scales?.[at]];
      const part = region === undefined ? 1 : region[at + axes.length]! - region[at]!;
      const isKnown =
        typeof side === "number" && scale !== undefined && (modeOf(node) !== CROP || region !== undefined);
      result[axis] = {
        side: isKnown ? Math.floor(side * part * scale) : scale === 1 ? side : node.unknownSide(axis),
        scale,
      };
    }
    return result;
  }
  const sizes = node.values(SIZES)?.values;
  const policy = node.string("keep_aspect_ratio_policy", "stretch");
  const ratios = axes.map((axis, at) => (sizes?.[at] ?? Number.NaN) / (shape[axis] as number));
  const common = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  for (const [at, axis] of axes.entries()) {
    const scale = policy === "stretch" ? ratios[at]! : common;
    const size =
      policy === "stretch" ? (sizes?.[at] ?? Number.NaN) : Math.round(scale * (shape[axis] as number));
    result[axis] = Number.isNaN(size)
      ? { side: node.unknownSide(axis), scale: undefined }
      : { side: size, scale };
  }
  return result;
}

/** Where on the old axis the new one's place lies. */
function source(
  mode: string,
  place: number,
  { into, out, scale }: { into: number; out: number; scale: number },
): number {
  const half = (place + 0.5) / scale - 0.5;
  switch (mode) {
    case "half_pixel":
      return half;
    case "half_pixel_symmetric":
      return half + (into / 2) * (1 - out / (scale * into));
    case "pytorch_half_pixel":
      return out > 1 ? half : 0;
    case "align_corners":
      return out === 1 ? 0 : (place * (into - 1)) / (out - 1);
    case "asymmetric":
      return place / scale;
    default:
      return Number.NaN;
  }
}

const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing": weights of the four places around. */
function cubic(off: number, a: number): number[] {
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(1 + off), near(off), near(1 - off), far(2 - off)];
}

/** Which places of the old axis a place is made of, with their weights. */
function parts(
  node: NodeView,
  x: number,
  into: number,
): readonly (readonly [place: number, weight: number])[] {
  const kind = node.string("mode", "nearest");
  const inside = (place: number): number => Math.min(into - 1, Math.max(0, place));
  if (kind === "nearest") {
    const round = NEAREST[node.string("nearest_mode", node.opset < 11 ? "floor" : "round_prefer_floor")];
    return [[inside(round?.(x) ?? node.unsupported("its way of rounding is not known")), 1]];
  }
  const first = Math.floor(x);
  const around =
    kind === "linear"
      ? ([
          [first, 1 - (x - first)],
          [first + 1, x - first],
        ] as const)
      : cubic(x - first, node.float("cubic_coeff_a", -0.75)).map(
          (weight, at) => [first - 1 + at, weight] as const,
        );
  if (node.int("exclude_outside", 0) === 0) return around.map(([place, weight]) => [inside(place), weight]);
  const left = around.filter(([place]) => place === inside(place));
  const sum = left.reduce((so, [, weight]) => so + weight, 0);
  return left.map(([place, weight]) => [place, weight / sum]);
}

/** Each axis is multiplied with a matrix [out, in]; backwards with the same matrix turned over. */
function resizeGradient(view: GradientView): Gradients {
  const mode = modeOf(view);
  if (mode === CROP) view.unsupported("what is cropped as it is resized is not gone back to");
  if (view.int("antialias", 0) !== 0) view.unsupported("smoothed edges (antialias) are not gone back to");
  const { reshape, matmul } = expressions(view.build);
  const shape = [...knownShape(view, view.output())];
  let dy = view.dy;
  for (const [axis, { side, scale }] of resized(view).entries()) {
    const [into, out] = [view.shape(0)[axis], side];
    if (into === out && scale === 1) continue;
    if (typeof into !== "number" || typeof out !== "number" || scale === undefined)
      return view.unsupported("its sizes are not known before the run");
    const values = new Array<number>(into * out).fill(0);
    for (let place = 0; place < out; place++) {
      const x = source(mode, place, { into, out, scale });
      for (const [from, weight] of parts(view, x, into)) values[from * out + place]! += weight;
    }
    const back = view.build.constant({ dtype: view.type(0).dtype, shape: [into, out], values });
    const [before, behind] = [shape.slice(0, axis), shape.slice(axis + 1)].map((sides) => elements(sides));
    shape[axis] = into;
    dy = reshape(matmul(back, reshape(dy, [before!, out, behind!])), shape);
  }
  return [dy];
}

const scales = (...values: number[]) => ({ shape: [values.length], values, constant: true }) as const;
const sizes = (...values: number[]) =>
  ({ shape: [values.length], dtype: "int64", values, constant: true }) as const;
const sample = (
  name: string,
  attributes: NonNullable<Sample["attributes"]>,
  inputs: Sample["inputs"] = [{ shape: [1, 2, 3, 4] }, undefined, scales(1, 1, 2, 1.5)],
): Sample => ({ name, inputs, attributes });

export const RESIZE: readonly OpRow[] = [
  {
    op: "Resize",
    attributes: {
      antialias: "int",
      axes: "ints",
      coordinate_transformation_mode: "string",
      cubic_coeff_a: "float",
      exclude_outside: "int",
      extrapolation_value: "float",
      keep_aspect_ratio_policy: "string",
      mode: "string",
      nearest_mode: "string",
    },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: resized(node).map(({ side }) => side) }],
    gradient: resizeGradient,
    // Two for each of the places that one is made of, along each axis.
    flops: (node) => 8 * elements(resized(node).map(({ side }) => side)),
    samples: [
      sample("nearest", { nearest_mode: "floor", coordinate_transformation_mode: "asymmetric" }),
      sample("linear", { mode: "linear" }),
      sample("linear, corners kept", { mode: "linear", coordinate_transformation_mode: "align_corners" }),
      sample("cubic", { mode: "cubic" }),
      sample("cubic, nothing outside", { mode: "cubic", exclude_outside: 1 }),
      sample(
        "to a size, as PyTorch",
        { mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel" },
        [{ shape: [1, 2, 5, 6] }, undefined, undefined, sizes(1, 2, 3, 4)],
      ),
    ],
  },
];
