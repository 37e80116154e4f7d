/** Gather, GatherElements, GatherND: look-ups. Indices below zero count from the back. */
import { indexOf, made, placeOf, rearranged, stridesOf } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { reshape, sides, zeros } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { scatterSum } from "../scatter-sum.ts";
import { elements, fromFront, isStatic } from "../shapes.ts";
import type { Values } from "../values.ts";

const gatheredShape = (node: NodeView): Shape =>
  node.shape(0).toSpliced(node.axis("axis", 0), 1, ...node.shape(1));

function gathered(node: NodeView): readonly Values[] | undefined {
  const [from, indices, shape] = [node.values(0), node.values(1), gatheredShape(node)];
  if (from === undefined || indices === undefined || !isStatic(shape)) return undefined;
  const axis = node.axis("axis", 0);
  const rank = indices.shape.length;
  return rearranged(from, shape, (place) => {
    const index = indices.values[indexOf(place.slice(axis, axis + rank), indices.shape)]!;
    return place.toSpliced(axis, rank, fromFront(index, from.shape[axis]!));
  });
}

function gatheredElements(node: NodeView): readonly Values[] | undefined {
  const [from, indices] = [node.values(0), node.values(1)];
  const axis = node.axis("axis", 0);
  if (from === undefined || indices === undefined) return undefined;
  return made(from.dtype, indices.shape, (at) => {
    const index = fromFront(indices.values[at]!, from.shape[axis]!);
    return from.values[indexOf(placeOf(at, indices.shape).with(axis, index), from.shape)]!;
  });
}

/** How many sides the last side of the indices walks through. */
function depthOf(node: NodeView): number {
  const depth = node.shape(1).at(-1);
  return typeof depth === "number" ? depth : node.unsupported("the last side of its indices is not known");
}

const gatheredNdShape = (node: NodeView): Shape => [
  ...node.shape(1).slice(0, -1),
  ...node.shape(0).slice(node.int("batch_dims", 0) + depthOf(node)),
];

/** Tuples of indices as one index into the first sides of the data, merged to one; batches, which are not looked up, included. */
export function mergedIndices(view: GradientView, batch: number): string {
  const depth = depthOf(view);
  const shape = sides(view, view.shape(0));
  const looked = shape.slice(batch, batch + depth);
  const { dtype } = view.type(1);
  const row = (values: readonly number[]): string =>
    view.build.constant({ dtype, shape: [values.length], values });
  // Modulo brings indices from the back to the front.
  const positive = view.op("Mod", [view.input(1), row(looked)]);
  const steps = view.op("Mul", [positive, row(stridesOf(looked))]);
  const merged = view.op("ReduceSum", [steps, view.build.ints([-1])], { keepdims: 0 });
  if (batch === 0) return merged;
  const batches = shape.slice(0, batch);
  const each = elements(looked);
  const starts = Array.from({ length: elements(batches) }, (_, at) => at * each);
  const open = Array.from({ length: view.rank(1) - 1 - batch }, () => 1);
  return view.op("Add", [
    merged,
    view.build.constant({ dtype, shape: [...batches, ...open], values: starts }),
  ]);
}

function gatherNdGradient(view: GradientView): string {
  const batch = view.int("batch_dims", 0);
  const shape = sides(view, view.shape(0));
  const rest = shape.slice(batch + depthOf(view));
  const merged = elements(shape.slice(0, batch + depthOf(view)));
  const sum = scatterSum(view, {
    dy: view.dy,
    indices: mergedIndices(view, batch),
    axis: 0,
    shape: [merged, ...rest],
  });
  return reshape(view, sum, shape);
}

const indices = (shape: readonly number[], values: readonly number[]): SampleInput => ({
  shape,
  dtype: "int64",
  values,
});

export const GATHER: readonly OpRow[] = [
  {
    op: "Gather",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: gatheredShape(node) }],
    evaluate: gathered,
    gradient: (view) => [
      scatterSum(view, {
        dy: view.dy,
        indices: view.input(1),
        axis: view.axis("axis", 0),
        shape: view.shape(0),
      }),
    ],
    flops: noFlops,
    samples: [
      { name: "rows, some twice", inputs: [{ shape: [4, 3] }, indices([2, 3], [0, 2, 2, -1, 0, 0])] },
      { name: "one column", inputs: [{ shape: [2, 3, 2] }, indices([], [1])], attributes: { axis: 1 } },
      {
        name: "along the last axis",
        inputs: [{ shape: [2, 4] }, indices([3], [3, -3, 3])],
        attributes: { axis: -1 },
      },
    ],
  },
  {
    op: "GatherElements",
    attributes: { axis: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: node.shape(1) }],
    evaluate: gatheredElements,
    gradient: (view) => [
      view.op("ScatterElements", [zeros(view, view.type(0)), view.input(1), view.dy], {
        axis: view.axis("axis", 0),
        reduction: "add",
      }),
    ],
    flops: noFlops,
    samples: [
      {
        name: "one of each row",
        inputs: [{ shape: [3, 4] }, indices([3, 1], [2, 0, -1])],
        attributes: { axis: 1 },
      },
      { name: "some twice", inputs: [{ shape: [3, 2] }, indices([2, 2], [0, 2, 0, -2])] },
    ],
  },
  {
    op: "GatherND",
    attributes: { batch_dims: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: gatheredNdShape(node) }],
    gradient: (view) => [gatherNdGradient(view)],
    flops: noFlops,
    samples: [
      { name: "elements, one twice", inputs: [{ shape: [2, 3] }, indices([3, 2], [0, 1, 1, -1, 0, 1])] },
      { name: "rows", inputs: [{ shape: [2, 3, 2] }, indices([2, 2, 1], [1, 0, -1, 1])] },
      {
        name: "in batches",
        inputs: [{ shape: [2, 3, 2] }, indices([2, 2, 1], [2, 0, 1, -2])],
        attributes: { batch_dims: 1 },
      },
    ],
  },
];
