/** MatMulNBits and GatherBlockQuantized of ONNX Runtime: weights of four or eight bits, lowered to numbers and plain products. */
import type { Dtype } from "../../formats/tensor-ref.ts";
import { ONNX_FLOAT } from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import { transposed } from "../gradient-parts.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements, isStatic } from "../shapes.ts";

/** The first opset in which DequantizeLinear takes blocks and four bits. */
const BLOCKED_OPSET = 21;

/** The same bytes as a tensor of another type. */
function seenAs(view: GradientView, input: number, dtype: Dtype, shape: readonly number[]): string {
  const name = view.input(input);
  const weight = view.build.weightOf(name);
  if (weight === undefined)
    view.unsupported(`its input ${input + 1} is computed; only weights are taken apart`);
  const again = `${name} as ${dtype}[${shape.join(", ")}]`;
  return view.build.weightOf(again) === undefined
    ? view.build.weight(again, { ...weight, dtype, shape })
    : again;
}

/** A weight that holds `byte` everywhere. */
function filledWeight(view: GradientView, dtype: Dtype, shape: readonly number[], byte: number): string {
  const name = `${byte} as ${dtype}[${shape.join(", ")}]`;
  if (view.build.weightOf(name) !== undefined) return name;
  const count = elements(shape);
  return view.build.weight(name, {
    dtype,
    shape,
    data: new Uint8Array(dtype === "uint4" ? Math.ceil(count / 2) : count).fill(byte),
  });
}

/** Where each input of MatMulNBits is. */
const MATMUL = { a: 0, weights: 1, scales: 2, zeros: 3, order: 4, bias: 5 };

function sizes(node: NodeView) {
  const [bits, block] = [node.int("bits", 4), node.int("block_size")];
  const [inner, columns] = [node.int("K"), node.int("N")];
  if (bits !== 4 && bits !== 8) node.unsupported(`weights of ${bits} bits are not taken apart`);
  return { bits, block, inner, columns, blocks: Math.ceil(inner / block) };
}

/** Bytes of two values of four bits each, the first in the low half, as numbers: the last axis doubles. */
function halves(view: GradientView, bytes: string): string {
  const { sub, times, unsqueeze, reshape } = expressions(view.build);
  const both = view.op("Cast", [bytes], { to: ONNX_FLOAT });
  const high = view.op("Floor", [times(both, 1 / 16)]);
  const low = sub(both, times(high, 16));
  const shape = view.build.shape(bytes);
  const pairs = view.op("Concat", [unsqueeze(low, shape.length), unsqueeze(high, shape.length)], {
    axis: -1,
  });
  return reshape(pairs, [...shape.slice(0, -1).map(() => 0), elements([shape.at(-1)!]) * 2]);
}

/** The weights as numbers, [N, K]: (q − z) · s by blocks. */
function weights(view: GradientView): string {
  const { reshape, slice, sub, mul, unsqueeze } = expressions(view.build);
  if ((view.build.opsets.get("") ?? 1) < BLOCKED_OPSET) {
    view.unsupported(`weights in blocks need opset ${BLOCKED_OPSET} or later`);
  }
  const { bits, block, inner, columns, blocks } = sizes(view);
  const dtype = bits === 4 ? "uint4" : "uint8";
  const packed = seenAs(view, MATMUL.weights, dtype, [columns, blocks * block]);
  const scales = reshape(view.input(MATMUL.scales), [columns, blocks]);
  const dequantized = (...zeros: string[]): string =>
    view.op("DequantizeLinear", [packed, scales, ...zeros], { axis: 1, block_size: block });
  const shifted = (zeros: string): string => {
    const byBlock = reshape(dequantized(), [columns, blocks, block]);
    return reshape(sub(byBlock, unsqueeze(mul(zeros, scales), 2)), [columns, blocks * block]);
  };
  const whole = (): string => {
    if (!view.has(MATMUL.zeros)) {
      // Without zero points they are in the middle: 8 or 128.
      return dequantized(filledWeight(view, dtype, [columns, blocks], bits === 4 ? 0x88 : 0x80));
    }
    if (view.type(MATMUL.zeros).dtype !== "uint8")
      return shifted(reshape(view.input(MATMUL.zeros), [columns, blocks]));
    if (bits === 8 || blocks % 2 === 0)
      return dequantized(seenAs(view, MATMUL.zeros, dtype, [columns, blocks]));
    // Rows of an odd number of zero points end in half a byte that says nothing.
    const bytes = reshape(view.input(MATMUL.zeros), [columns, (blocks + 1) / 2]);
    return shifted(slice(halves(view, bytes), 1, 0, blocks));
  };
  return blocks * block === inner ? whole() : slice(whole(), 1, 0, inner);
}

function lowerMatMul(view: GradientView): readonly string[] {
  if (view.has(MATMUL.order)) view.unsupported("weights in another order (g_idx) are not taken apart");
  const { matmul, add } = expressions(view.build);
  const product = matmul(view.input(MATMUL.a), transposed(view, weights(view)));
  return [view.has(MATMUL.bias) ? add(product, view.input(MATMUL.bias)) : product];
}

/** Where each input of GatherBlockQuantized is. */
const GATHER = { data: 0, indices: 1, scales: 2, zeros: 3 };

/** Values to a byte of the data. */
const perByte = (node: NodeView): number =>
  node.type(GATHER.data).dtype === "uint8" && node.int("bits", 4) === 4 ? 2 : 1;

function gatheredShape(node: NodeView): Shape {
  const data = node.shape(GATHER.data);
  const axis = node.axisOf(node.int("gather_axis", 0), data.length);
  const last = data.at(-1)!;
  const full: Dim[] = [...data.slice(0, -1), typeof last === "number" ? last * perByte(node) : last];
  return [...full.slice(0, axis), ...node.shape(GATHER.indices), ...full.slice(axis + 1)];
}

/** Rows are looked up as bytes first, so that only these are made numbers. */
function lowerGather(view: GradientView): readonly string[] {
  const { reshape, sub, mul, unsqueeze, plus, slice } = expressions(view.build);
  const rank = view.rank(GATHER.data);
  const data = view.shape(GATHER.data);
  const byRows =
    view.axisOf(view.int("gather_axis", 0), rank) === 0 &&
    view.axisOf(view.int("quantize_axis", 1), rank) === rank - 1;
  if (!byRows || view.type(GATHER.data).dtype !== "uint8" || !isStatic(data)) {
    view.unsupported("only rows of bytes, in blocks along their last axis, are taken apart");
  }
  const row = (input: number): string =>
    view.op("Gather", [view.input(input), view.input(GATHER.indices)], { axis: 0 });
  const numbers = (bytes: string): string =>
    perByte(view) === 2 ? halves(view, bytes) : view.op("Cast", [bytes], { to: ONNX_FLOAT });
  const scales = row(GATHER.scales);
  const [blocks, outer] = [
    elements([view.shape(GATHER.scales).at(-1)!]),
    view.build.shape(scales).length - 1,
  ];
  const whole = elements([data.at(-1)!]) * perByte(view);
  const block = view.int("block_size", 128);
  if (blocks * block !== whole) view.unsupported("a last block that is not full is not taken apart");
  const zeros = (): string => {
    const all = numbers(row(GATHER.zeros));
    return view.build.shape(all).at(-1) === blocks ? all : slice(all, outer, 0, blocks);
  };
  const same = Array.from({ length: outer }, () => 0);
  const byBlock = reshape(numbers(row(GATHER.data)), [...same, blocks, block]);
  const centred = view.has(GATHER.zeros)
    ? sub(byBlock, unsqueeze(zeros(), outer + 1))
    : plus(byBlock, -(2 ** (view.int("bits", 4) - 1)));
  return [reshape(mul(centred, unsqueeze(scales, outer + 1)), [...same, whole])];
}

/** Bytes that look like weights. */
const bytes = (...shape: number[]): SampleInput => ({
  shape,
  dtype: "uint8",
  values: Array.from({ length: elements(shape) }, (_, at) => (at * 37 + 11) % 256),
  constant: true,
});
const scales = (...shape: number[]): SampleInput => ({ shape, range: [0.01, 0.2], constant: true });

export const QUANTIZED_WEIGHTS: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "MatMulNBits",
    attributes: {
      K: "int",
      N: "int",
      accuracy_level: "int",
      bits: "int",
      block_size: "int",
      weight_prepacked: "int",
    },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: [...node.shape(0).slice(0, -1), node.int("N")] }],
    lower: lowerMatMul,
    flops: (node) => 2 * elements(node.shape(0)) * node.int("N"),
    samples: [
      {
        name: "four bits",
        inputs: [{ shape: [2, 3, 64] }, bytes(5, 4, 8), scales(5, 4)],
        attributes: { K: 64, N: 5, bits: 4, block_size: 16 },
      },
      {
        name: "four bits, zero points, a bias",
        inputs: [{ shape: [3, 64] }, bytes(5, 2, 16), scales(5, 2), bytes(5, 1), undefined, { shape: [5] }],
        attributes: { K: 64, N: 5, bits: 4, block_size: 32 },
      },
      {
        name: "an odd number of zero points, a last block that is not full",
        inputs: [{ shape: [3, 40] }, bytes(5, 3, 8), scales(5, 3), bytes(5, 2)],
        attributes: { K: 40, N: 5, bits: 4, block_size: 16 },
      },
      {
        name: "zero points that are numbers",
        inputs: [
          { shape: [3, 48] },
          bytes(5, 3, 8),
          scales(5, 3),
          { shape: [5, 3], range: [4, 12], constant: true },
        ],
        attributes: { K: 48, N: 5, bits: 4, block_size: 16 },
      },
      {
        name: "eight bits",
        inputs: [{ shape: [3, 32] }, bytes(5, 2, 16), scales(5, 2), bytes(5, 2)],
        attributes: { K: 32, N: 5, bits: 8, block_size: 16 },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "GatherBlockQuantized",
    attributes: { bits: "int", block_size: "int", gather_axis: "int", quantize_axis: "int" },
    infer: (node) => [{ dtype: node.type(GATHER.scales).dtype, shape: gatheredShape(node) }],
    lower: lowerGather,
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
