/** DepthToSpace and SpaceToDepth: blocks of places become channels, and back. */
import { expressions } from "../expressions.ts";
import { noFlops } from "../flops.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { knownShape } from "./convolution.ts";

const scaled = (side: Dim, factor: number): Dim =>
  typeof side === "number"
    ? side * factor
    : factor < 1
      ? `${side}/${Math.round(1 / factor)}`
      : `${side}*${factor}`;

/** Channels are divided by block², rows and columns multiplied by block, or the other way round for 1/block. */
function resized(node: NodeView, block: number): Shape {
  const [batch, channels, rows, columns] = node.shape(0) as [Dim, Dim, Dim, Dim];
  return [batch, scaled(channels, 1 / block ** 2), scaled(rows, block), scaled(columns, block)];
}

/** DCR is the inverse of SpaceToDepth. In CRD the channels come before their places in the block. */
function columnsFirst(view: GradientView): string {
  const { reshape, transpose } = expressions(view.build);
  const block = view.int("blocksize");
  const [batch, channels, rows, columns] = knownShape(view, view.input(0)) as [
    number,
    number,
    number,
    number,
  ];
  const apart = reshape(view.dy, [batch, channels / block ** 2, rows, block, columns, block]);
  return reshape(transpose(apart, [0, 1, 3, 5, 2, 4]), [batch, channels, rows, columns]);
}

export const BLOCKS: readonly OpRow[] = [
  {
    op: "DepthToSpace",
    attributes: { blocksize: "int", mode: "string" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: resized(node, node.int("blocksize")) }],
    gradient: (view) => [
      view.string("mode", "DCR") === "CRD"
        ? columnsFirst(view)
        : view.op("SpaceToDepth", [view.dy], { blocksize: view.int("blocksize") }),
    ],
    flops: noFlops,
    samples: [
      { name: "depth first", inputs: [{ shape: [2, 8, 2, 3] }], attributes: { blocksize: 2 } },
      {
        name: "columns first",
        inputs: [{ shape: [2, 8, 2, 3] }],
        attributes: { blocksize: 2, mode: "CRD" },
      },
    ],
  },
  {
    op: "SpaceToDepth",
    attributes: { blocksize: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: resized(node, 1 / node.int("blocksize")) }],
    gradient: (view) => [
      view.op("DepthToSpace", [view.dy], { blocksize: view.int("blocksize"), mode: "DCR" }),
    ],
    flops: noFlops,
    samples: [{ name: "blocks of two", inputs: [{ shape: [1, 2, 4, 6] }], attributes: { blocksize: 2 } }],
  },
];
