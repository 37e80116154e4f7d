/** Reshape, Transpose, Expand, Identity: the same elements in another arrangement. */
import { broadcastIndex, made, rearranged } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { reshape, unbroadcast } from "../gradient-parts.ts";
import type { Dim, Shape } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { broadcast, elements, isStatic } from "../shapes.ts";

/** 0 copies the side at the same place, unless allowzero says otherwise; one −1 takes what is left. */
function reshapedShape(node: NodeView): Shape {
  const from = node.shape(0);
  const wanted: readonly Dim[] = node
    .constant(1)
    .map((side, at) =>
      side === 0 && node.int("allowzero", 0) === 0
        ? (from[at] ?? node.fail("0 copies a side that is not there"))
        : side,
    );
  const open = wanted.indexOf(-1);
  if (open < 0) {
    const [here, there] = [elements(from), elements(wanted)];
    if (here !== there && !Number.isNaN(here - there))
      node.fail(`${here} elements do not fill [${wanted.join(", ")}]`);
    return wanted;
  }
  // Symbols that stand on both sides cancel out.
  const left = [...from];
  const rest = wanted.filter((side, at) => {
    const same = at === open ? -1 : left.indexOf(side);
    if (same >= 0) left.splice(same, 1);
    return at !== open && same < 0;
  });
  const size = elements(left) / elements(rest);
  if (Number.isNaN(size)) {
    return wanted.with(
      open,
      rest.length === 0 && left.length === 1 ? left[0]! : `(${left.join("*")})/(${rest.join("*")})`,
    );
  }
  if (!Number.isInteger(size)) node.fail(`[${from.join(", ")}] does not fit [${wanted.join(", ")}]`);
  return wanted.with(open, size);
}

function permOf(node: NodeView): readonly number[] {
  const rank = node.rank(0);
  const perm = node.ints(
    "perm",
    Array.from({ length: rank }, (_, at) => rank - 1 - at),
  );
  if (perm.length !== rank || new Set(perm).size !== rank)
    node.fail(`perm [${perm.join(", ")}] does not fit rank ${rank}`);
  return perm.map((axis) => node.axisOf(axis, rank));
}

const expandedShape = (node: NodeView): Shape =>
  broadcast(node.shape(0), node.constant(1)) ?? node.fail("the shapes do not fit");

const shapeInput = (...values: number[]): SampleInput => ({
  shape: [values.length],
  dtype: "int64",
  values,
  constant: true,
});

export const MOVEMENT: readonly OpRow[] = [
  {
    op: "Identity",
    infer: (node) => [node.type(0)],
    evaluate: (node) => node.values(0) && [node.values(0)!],
    gradient: (view) => [view.dy],
    flops: noFlops,
    samples: [{ name: "a matrix", inputs: [{ shape: [2, 3] }] }],
  },
  {
    op: "Reshape",
    attributes: { allowzero: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: reshapedShape(node) }],
    evaluate(node) {
      const from = node.values(0);
      return from && [{ ...from, shape: reshapedShape(node) as readonly number[] }];
    },
    gradient: (view) => [reshape(view, view.dy, view.shape(0)), undefined],
    flops: noFlops,
    samples: [
      { name: "another rank", inputs: [{ shape: [2, 6] }, shapeInput(3, 2, 2)] },
      { name: "a copied and an open side", inputs: [{ shape: [2, 6] }, shapeInput(0, 3, -1)] },
    ],
  },
  {
    op: "Transpose",
    attributes: { perm: "ints" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: permOf(node).map((axis) => node.shape(0)[axis]!) }],
    evaluate(node) {
      const [from, perm] = [node.values(0), permOf(node)];
      const shape = from && perm.map((axis) => from.shape[axis]!);
      return (
        from &&
        shape &&
        rearranged(from, shape, (place) => from.shape.map((_, axis) => place[perm.indexOf(axis)]!))
      );
    },
    gradient(view) {
      const perm = permOf(view);
      return [view.op("Transpose", [view.dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
    },
    flops: noFlops,
    samples: [
      { name: "a matrix", inputs: [{ shape: [2, 3] }] },
      { name: "heads", inputs: [{ shape: [2, 3, 4, 5] }], attributes: { perm: [0, 2, 1, 3] } },
      { name: "a turn", inputs: [{ shape: [2, 3, 4] }], attributes: { perm: [2, 0, 1] } },
    ],
  },
  {
    op: "Expand",
    infer: (node) => [{ dtype: node.type(0).dtype, shape: expandedShape(node) }],
    evaluate(node) {
      const [from, shape] = [node.values(0), expandedShape(node)];
      if (from === undefined || !isStatic(shape)) return undefined;
      return made(from.dtype, shape, (at) => from.values[broadcastIndex(at, shape, from.shape)]!);
    },
    gradient: (view) => [unbroadcast(view, view.dy, view.shape(0)), undefined],
    flops: noFlops,
    samples: [
      { name: "a row", inputs: [{ shape: [3] }, shapeInput(2, 3)] },
      { name: "a column", inputs: [{ shape: [2, 1] }, shapeInput(4, 1, 3)] },
    ],
  },
];
