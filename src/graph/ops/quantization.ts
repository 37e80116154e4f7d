/** QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear, MatMulInteger: between floats and small integers. */
import { tensorType } from "../../formats/onnx/tensor-types.ts";
import type { Dtype } from "../../formats/tensor-ref.ts";
import { DIVISION, perInput } from "../flops.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { matMulShape } from "./matmul.ts";

/** output_dtype (opset 21) says it, or else the zero point has it; uint8 without either. */
function quantizedType(node: NodeView): Dtype {
  const number = node.int("output_dtype", 0);
  if (number !== 0) return tensorType(number)?.dtype ?? node.fail(`${number} is no data type`);
  return node.has(2) ? node.type(2).dtype : "uint8";
}

/** output_dtype (opset 23) says it, or else the scale has it. */
function dequantizedType(node: NodeView): Dtype {
  const number = node.int("output_dtype", 0);
  return number === 0
    ? node.type(1).dtype
    : (tensorType(number)?.dtype ?? node.fail(`${number} is no data type`));
}

const bytes = (shape: readonly number[], values: readonly number[]): SampleInput => ({
  shape,
  dtype: "uint8",
  values,
});
const scales = (...values: number[]): SampleInput => ({
  shape: values.length === 1 ? [] : [values.length],
  values,
});

function productFlops(node: NodeView): number {
  const { full, inner } = matMulShape(node);
  return 2 * elements([...full, inner]);
}

export const QUANTIZATION: readonly OpRow[] = [
  {
    op: "QuantizeLinear",
    attributes: {
      axis: "int",
      block_size: "int",
      output_dtype: "int",
      precision: "int",
      saturate: "int",
    },
    infer: (node) => [{ dtype: quantizedType(node), shape: node.shape(0) }],
    // Rounded: a small change changes nothing.
    gradient: "flat",
    flops: perInput(DIVISION + 2),
    samples: [
      { name: "one scale", inputs: [{ shape: [2, 3] }, scales(0.02), bytes([], [128])] },
      { name: "no zero point", inputs: [{ shape: [4], range: [0, 2] }, scales(0.01)] },
      {
        name: "a scale for each column",
        inputs: [{ shape: [2, 3] }, scales(0.02, 0.1, 1), bytes([3], [128, 100, 7])],
        attributes: { axis: 1 },
      },
    ],
  },
  {
    op: "DequantizeLinear",
    attributes: { axis: "int", block_size: "int", output_dtype: "int" },
    infer: (node) => [{ dtype: dequantizedType(node), shape: node.shape(0) }],
    // Integers carry no gradient; scales are not trained.
    gradient: (view) => (view.needs(1) ? view.unsupported("scales are not trained") : []),
    flops: perInput(2),
    samples: [
      {
        name: "one scale",
        inputs: [bytes([2, 2], [0, 10, 128, 255]), { ...scales(0.02), constant: true }, bytes([], [128])],
      },
      {
        name: "a scale for each column",
        inputs: [bytes([2, 3], [0, 10, 128, 255, 3, 4]), { ...scales(0.02, 0.5, 2), constant: true }],
        attributes: { axis: 1 },
      },
      {
        name: "a scale for each block",
        inputs: [bytes([4], [0, 10, 128, 255]), { ...scales(0.02, 0.5), constant: true }],
        attributes: { axis: 0, block_size: 2 },
      },
    ],
  },
  {
    // Without a gradient: its scale depends on the extremes of the data.
    op: "DynamicQuantizeLinear",
    infer: (node) => [
      { dtype: "uint8", shape: node.shape(0) },
      { dtype: "float32", shape: [] },
      { dtype: "uint8", shape: [] },
    ],
    flops: perInput(DIVISION + 4),
    samples: [{ name: "a matrix", inputs: [{ shape: [2, 3] }], outputs: 3 }],
  },
  {
    op: "MatMulInteger",
    infer: (node) => [{ dtype: "int32", shape: matMulShape(node).shape }],
    gradient: "flat",
    flops: productFlops,
    samples: [
      {
        name: "with a zero point",
        inputs: [bytes([2, 3], [1, 2, 3, 250, 251, 252]), bytes([3, 2], [6, 5, 4, 3, 2, 1]), bytes([], [12])],
      },
    ],
  },
  // Both round what comes in, and are lowered only where that may change (from-dynamic-quantization.ts).
  {
    domain: "com.microsoft",
    op: "DynamicQuantizeMatMul",
    infer: (node) => [{ dtype: "float32", shape: matMulShape(node).shape }],
    flops: productFlops,
    samples: [
      {
        name: "a scale for each column, a bias",
        inputs: [
          { shape: [2, 3] },
          bytes([3, 2], [6, 5, 4, 3, 2, 1]),
          scales(0.5, 0.25),
          bytes([2], [3, 4]),
          { shape: [2] },
        ],
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "MatMulIntegerToFloat",
    infer: (node) => [{ dtype: "float32", shape: matMulShape(node).shape }],
    flops: productFlops,
    samples: [
      {
        name: "zero points",
        inputs: [
          bytes([2, 3], [1, 2, 3, 250, 251, 252]),
          bytes([3, 2], [6, 5, 4, 3, 2, 1]),
          scales(0.5),
          scales(0.25),
          bytes([], [12]),
          bytes([], [3]),
        ],
      },
    ],
  },
];
