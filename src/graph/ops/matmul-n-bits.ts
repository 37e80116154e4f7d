/** MatMulNBits of ONNX Runtime: weights of four or eight bits in blocks, lowered to numbers and a plain product. */
import type { Dtype } from "../../formats/tensor-ref.ts";
import { expressions } from "../expressions.ts";
import { transposed } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { bytes, halves, scales } from "./half-bytes.ts";

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

/** Where each input is. */
const INPUT = { a: 0, weights: 1, scales: 2, zeros: 3, order: 4, bias: 5 };

function sizes(node: NodeView) {
  const [bits, block] = [node.int("bits", 4), node.int("block_size")];
  const [inner, columns] = [node.int("K"), node.int("N")];
  if (bits !== 4 && bits !== 8) node.unsupported(`weights of ${bits} bits are not taken apart`);
  return { bits, block, inner, columns, blocks: Math.ceil(inner / block) };
}

/** The weights as numbers, [N, K]: (q − z) · s by blocks. */
function weights(view: GradientView): string {
  const { reshape, slice, sub, mul, unsqueeze } = expressions(view.build);
  if ((view.build.opsets.get("") ?? 1) < BLOCKED_OPSET) {
    view.unsupported(`weights in blocks need opset ${BLOCKED_OPSET} or later`);
  }
  const { bits, block, inner, columns, blocks } = sizes(view);
  const dtype = bits === 4 ? "uint4" : "uint8";
  const packed = seenAs(view, INPUT.weights, dtype, [columns, blocks * block]);
  const scales = reshape(view.input(INPUT.scales), [columns, blocks]);
  const dequantized = (...zeros: string[]): string =>
    view.op("DequantizeLinear", [packed, scales, ...zeros], { axis: 1, block_size: block });
  const shifted = (zeros: string): string => {
    const byBlock = reshape(dequantized(), [columns, blocks, block]);
    return reshape(sub(byBlock, unsqueeze(mul(zeros, scales), 2)), [columns, blocks * block]);
  };
  const whole = (): string => {
    if (!view.has(INPUT.zeros)) {
      // Without zero points they are in the middle: 8 or 128.
      return dequantized(filledWeight(view, dtype, [columns, blocks], bits === 4 ? 0x88 : 0x80));
    }
    if (view.type(INPUT.zeros).dtype !== "uint8")
      return shifted(reshape(view.input(INPUT.zeros), [columns, blocks]));
    if (bits === 8 || blocks % 2 === 0)
      return dequantized(seenAs(view, INPUT.zeros, dtype, [columns, blocks]));
    // Rows of an odd number of zero points end in half a byte that says nothing.
    const bytes = reshape(view.input(INPUT.zeros), [columns, (blocks + 1) / 2]);
    return shifted(slice(halves(view, bytes), 1, 0, blocks));
  };
  return blocks * block === inner ? whole() : slice(whole(), 1, 0, inner);
}

function lower(view: GradientView): readonly string[] {
  if (view.has(INPUT.order)) view.unsupported("weights in another order (g_idx) are not taken apart");
  const { matmul, add } = expressions(view.build);
  const product = matmul(view.input(INPUT.a), transposed(view, weights(view)));
  return [view.has(INPUT.bias) ? add(product, view.input(INPUT.bias)) : product];
}

export const MATMUL_N_BITS: readonly OpRow[] = [
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
    lower,
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
];
