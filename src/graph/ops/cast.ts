/** Cast and CastLike: the same numbers in another type. */
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import type { Dtype } from "../../formats/tensor-ref.ts";
import type { combine } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import { isFloat } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow } from "../op-row.ts";
import { dtypeAttribute } from "./constants.ts";

/** The number as the type holds it; undefined for types whose small tensors decide nothing. */
function converted(dtype: Dtype): ((x: number) => number) | undefined {
  if (dtype === "bool") return (x) => Number(x !== 0);
  if (dtype === "float32") return Math.fround;
  if (dtype === "float64") return (x) => x;
  const bits = /^u?int(8|16|32|64)$/.exec(dtype)?.[1];
  if (bits === undefined) return undefined;
  if (bits === "64") return Math.trunc;
  const size = 2 ** Number(bits);
  const lowest = dtype.startsWith("u") ? 0 : -size / 2;
  // What does not fit wraps around, as in C.
  return (x) => ((((Math.trunc(x) - lowest) % size) + size) % size) + lowest;
}

function evaluated(node: NodeView, dtype: Dtype): ReturnType<typeof combine> {
  const [from, convert] = [node.values(0), converted(dtype)];
  return from && convert && [{ dtype, shape: from.shape, values: from.values.map(convert) }];
}

/** Back to the type of the input; integers carry no gradient. */
function gradient(view: GradientView): Gradients {
  const { dtype } = view.type(0);
  return [isFloat(dtype) ? view.op("Cast", [view.dy], { to: dataTypeNumber(dtype) }) : undefined];
}

const likeType = (node: NodeView): Dtype => node.type(1).dtype;

export const CAST: readonly OpRow[] = [
  {
    op: "Cast",
    attributes: { to: "int", saturate: "int", round_mode: "string" },
    infer: (node) => [{ dtype: dtypeAttribute(node, "to"), shape: node.shape(0) }],
    evaluate: (node) => evaluated(node, dtypeAttribute(node, "to")),
    gradient,
    flops: noFlops,
    samples: [
      {
        name: "to the same type",
        inputs: [{ shape: [2, 3] }],
        attributes: { to: dataTypeNumber("float32") },
      },
      { name: "to more digits", inputs: [{ shape: [2, 3] }], attributes: { to: dataTypeNumber("float64") } },
      ...(["int64", "int32", "uint8", "bool"] as const).map((dtype) => ({
        name: `to ${dtype}`,
        inputs: [{ shape: [4], values: [0, 0.7, 1.5, 2] }],
        attributes: { to: dataTypeNumber(dtype) },
      })),
      {
        name: "from integers",
        inputs: [{ shape: [3], dtype: "int64", values: [-1, 0, 300] }],
        attributes: { to: dataTypeNumber("float32") },
      },
      {
        name: "to a narrower integer",
        inputs: [{ shape: [4], dtype: "int64", values: [-1, 200, 300, 2 ** 32 + 5] }],
        attributes: { to: dataTypeNumber("int32") },
      },
    ],
  },
  {
    op: "CastLike",
    attributes: { saturate: "int", round_mode: "string" },
    infer: (node) => [{ dtype: likeType(node), shape: node.shape(0) }],
    evaluate: (node) => evaluated(node, likeType(node)),
    gradient,
    flops: noFlops,
    samples: [
      { name: "floats", inputs: [{ shape: [2, 3] }, { shape: [1] }] },
      {
        name: "to integers",
        inputs: [
          { shape: [2], values: [-1.5, 2.7] },
          { shape: [1], dtype: "int64", values: [0] },
        ],
      },
    ],
  },
];
