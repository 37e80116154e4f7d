/** GatherBlockQuantized of ONNX Runtime: rows of a table of four or eight bits, lowered to a look-up of bytes that are made numbers. */
import { ONNX_FLOAT } from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { elements, isStatic } from "../shapes.ts";
import { bytes, halves, scales } from "./half-bytes.ts";

/** Where each input is. */
const INPUT = { data: 0, indices: 1, scales: 2, zeros: 3 };

/** Values to a byte of the data. */
const perByte = (node: NodeView): number =>
  node.type(INPUT.data).dtype === "uint8" && node.int("bits", 4) === 4 ? 2 : 1;

function gatheredShape(node: NodeView): Shape {
  const data = node.shape(INPUT.data);
  const axis = node.axisOf(node.int("gather_axis", 0), data.length);
  const last = data.at(-1)!;
  const full: Dim[] = [...data.slice(0, -1), typeof last === "number" ? last * perByte(node) : last];
  return [...full.slice(0, axis), ...node.shape(INPUT.indices), ...full.slice(axis + 1)];
}

/** Rows are looked up as bytes first, so that only these are made numbers. */
function lower(view: GradientView): readonly string[] {
  const { reshape, sub, mul, unsqueeze, plus, slice } = expressions(view.build);
  const rank = view.rank(INPUT.data);
  const data = view.shape(INPUT.data);
  const byRows =
    view.axisOf(view.int("gather_axis", 0), rank) === 0 &&
    view.axisOf(view.int("quantize_axis", 1), rank) === rank - 1;
  if (!byRows || view.type(INPUT.data).dtype !== "uint8" || !isStatic(data)) {
    view.unsupported("only rows of bytes, in blocks along their last axis, are taken apart");
  }
  const row = (input: number): string =>
    view.op("Gather", [view.input(input), view.input(INPUT.indices)], { axis: 0 });
  const numbers = (bytes: string): string =>
    perByte(view) === 2 ? halves(view, bytes) : view.op("Cast", [bytes], { to: ONNX_FLOAT });
  const scales = row(INPUT.scales);
  const [blocks, outer] = [elements([view.shape(INPUT.scales).at(-1)!]), view.build.shape(scales).length - 1];
  const whole = elements([data.at(-1)!]) * perByte(view);
  const block = view.int("block_size", 128);
  if (blocks * block !== whole) view.unsupported("a last block that is not full is not taken apart");
  const zeros = (): string => {
    const all = numbers(row(INPUT.zeros));
    return view.build.shape(all).at(-1) === blocks ? all : slice(all, outer, 0, blocks);
  };
  const same = Array.from({ length: outer }, () => 0);
  const byBlock = reshape(numbers(row(INPUT.data)), [...same, blocks, block]);
  const centred = view.has(INPUT.zeros)
    ? sub(byBlock, unsqueeze(zeros(), outer + 1))
    : plus(byBlock, -(2 ** (view.int("bits", 4) - 1)));
  return [reshape(mul(centred, unsqueeze(scales, outer + 1)), [...same, whole])];
}

export const GATHER_BLOCK_QUANTIZED: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "GatherBlockQuantized",
    attributes: { bits: "int", block_size: "int", gather_axis: "int", quantize_axis: "int" },
    infer: (node) => [{ dtype: node.type(INPUT.scales).dtype, shape: gatheredShape(node) }],
    lower,
    flops: (node) => 2 * elements(gatheredShape(node)),
    samples: [
      {
        name: "four bits",
        inputs: [bytes(6, 16), { shape: [2, 3], dtype: "int64", values: [0, 5, 3, 1, 1, 4] }, scales(6, 2)],
        attributes: { bits: 4, block_size: 16 },
      },
      {
        name: "four bits with zero points",
        inputs: [
          bytes(6, 16),
          { shape: [4], dtype: "int64", values: [0, 5, 3, 1] },
          scales(6, 2),
          bytes(6, 1),
        ],
        attributes: { bits: 4, block_size: 16 },
      },
    ],
  },
];
