/** Pad: more room around a tensor, or less; filled with a number, with the edge, or with what lies beyond it, mirrored or wrapped. */
import { rearranged } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { sides } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, SampleInput } from "../op-row.ts";
import { scatterSum } from "../scatter-sum.ts";
import { dimSum, isStatic } from "../shapes.ts";

/** For each axis how much is added before and behind, less than zero to cut; undefined when not known before the run. */
function padsOf(node: NodeView): readonly (readonly [before: number, behind: number])[] | undefined {
  const given = node.has(1) ? node.values(1)?.values : node.ints("pads");
  const rank = node.rank(0);
  if (given === undefined || (node.has(3) && node.values(3) === undefined)) return undefined;
  const axes = node.has(3)
    ? node.constant(3).map((axis) => node.axisOf(axis, rank))
    : Array.from({ length: rank }, (_, axis) => axis);
  if (given.length !== 2 * axes.length) node.fail(`${given.length} pads for ${axes.length} axes`);
  return Array.from({ length: rank }, (_, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [given[at]!, given[at + axes.length]!];
  });
}

const paddedShape = (node: NodeView): Shape => {
  const pads = padsOf(node);
  return node.shape(0).map((side, axis) => (pads ? dimSum([side, ...pads[axis]!]) : node.unknownSide(axis)));
};

type Mode = "edge" | "reflect" | "wrap";

/** Which element of 0 … side − 1 stands at a place before, in or behind it. */
const SHOWN: Readonly<Record<Mode, (at: number, side: number) => number>> = {
  edge: (at, side) => Math.min(Math.max(at, 0), side - 1),
  wrap: (at, side) => ((at % side) + side) % side,
  reflect(at, side) {
    const turn = Math.max(2 * (side - 1), 1);
    const along = ((at % turn) + turn) % turn;
    return Math.min(along, turn - along);
  },
};

const modeOf = (node: NodeView): Mode | "constant" => {
  const mode = node.string("mode", "constant");
  return mode === "constant" || mode in SHOWN ? (mode as Mode) : node.fail(`there is no mode ${mode}`);
};

function gradient(view: GradientView): Gradients {
  const pads = padsOf(view) ?? view.unsupported("its pads are not known before the run");
  const mode = modeOf(view);
  if (mode !== "constant") {
    return [pads.reduce((dy, pad, axis) => folded(view, { dy, axis, pad, mode }), view.dy)];
  }
  const back = [...pads.map(([before]) => -before), ...pads.map(([, behind]) => -behind)];
  const dx = view.op("Pad", [view.dy, view.build.ints(back)]);
  if (!view.needs(2)) return [dx];
  const total = (value: string): string => view.op("ReduceSum", [value], { keepdims: 0 });
  return [dx, undefined, view.op("Sub", [total(view.dy), total(dx)])];
}

/** What lies in the padding of one axis added to the elements that it shows. */
function folded(
  view: GradientView,
  { dy, axis, pad, mode }: { dy: string; axis: number; pad: readonly [number, number]; mode: Mode },
): string {
  if (pad[0] === 0 && pad[1] === 0) return dy;
  const side = sides(view, view.shape(0))[axis]!;
  const shape = view.build.shape(dy);
  const shown = Array.from({ length: side + pad[0] + pad[1] }, (_, at) => SHOWN[mode](at - pad[0], side));
  return scatterSum(view, { dy, indices: view.build.ints(shown), axis, shape: shape.with(axis, side) });
}

const ints = (...values: number[]): SampleInput => ({
  shape: [values.length],
  dtype: "int64",
  values,
  constant: true,
});

export const PAD: readonly OpRow[] = [
  {
    op: "Pad",
    attributes: { mode: "string", pads: "ints", value: "float" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: paddedShape(node) }],
    evaluate(node) {
      const [from, pads, shape] = [node.values(0), padsOf(node), paddedShape(node)];
      const mode = modeOf(node);
      if (from === undefined || pads === undefined || !isStatic(shape) || mode === "constant")
        return undefined;
      return rearranged(from, shape, (place) =>
        place.map((at, axis) => SHOWN[mode](at - pads[axis]![0], from.shape[axis]!)),
      );
    },
    gradient,
    flops: noFlops,
    samples: [
      { name: "zeros around", inputs: [{ shape: [2, 3] }, ints(1, 0, 2, 1)] },
      { name: "a number behind one axis", inputs: [{ shape: [2, 3] }, ints(0, 2), { shape: [] }, ints(-1)] },
      { name: "cut and filled", inputs: [{ shape: [4, 3] }, ints(-1, 1, -1, 0), { shape: [] }] },
      { name: "mirrored", inputs: [{ shape: [3, 4] }, ints(2, 1, 1, 3)], attributes: { mode: "reflect" } },
      { name: "the edge", inputs: [{ shape: [2, 3] }, ints(0, 2, 1, 1)], attributes: { mode: "edge" } },
      { name: "wrapped", inputs: [{ shape: [2, 3] }, ints(0, 2, 1, 1)], attributes: { mode: "wrap" } },
    ],
  },
];
