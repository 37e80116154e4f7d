/** Shape, Size, Constant, ConstantOfShape, Range, EyeLike: values that come from no arithmetic on values. */
import { dataTypeNumber, tensorType } from "../../formats/onnx/tensor-types.ts";
import type { Dtype, TensorRef } from "../../formats/tensor-ref.ts";
import { made } from "../evaluate.ts";
import { noFlops } from "../flops.ts";
import type { Shape } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements, fromFront, isStatic } from "../shapes.ts";
import { int64, knownValues, scalar, type Values } from "../values.ts";

/** Of the sides from `start` to before `end`, both clamped (opset 15). */
function sidesOf(node: NodeView): Shape {
  const rank = node.rank(0);
  const bound = (name: string, otherwise: number): number =>
    Math.min(Math.max(fromFront(node.int(name, otherwise), rank), 0), rank);
  return node.shape(0).slice(bound("start", 0), bound("end", rank));
}

/** The value of a Constant node by whichever attribute it has. */
function constantOf(node: NodeView): TensorRef | Values {
  const tensor = node.tensor("value");
  if (tensor !== undefined) return tensor;
  if (node.hasAttribute("value_float")) return scalar(node.float("value_float"));
  if (node.hasAttribute("value_int")) return scalar(node.int("value_int"), "int64");
  if (node.hasAttribute("value_ints")) return int64(node.ints("value_ints"));
  if (node.hasAttribute("value_floats")) {
    const values = node.floats("value_floats");
    return { dtype: "float32", shape: [values.length], values };
  }
  if (node.hasAttribute("value_string")) return { dtype: "string", shape: [], data: new Uint8Array() };
  return node.unsupported("it holds neither numbers nor a tensor");
}

/** What ConstantOfShape fills with: one element, 0 in float32 unless it says otherwise. */
const filling = (node: NodeView): TensorRef | undefined => node.tensor("value");

/** Known, or as many unknown sides as the shape tensor has elements. */
function wantedShape(node: NodeView): Shape {
  const known = node.values(0);
  if (known !== undefined) return known.values;
  const [rank] = node.shape(0);
  if (typeof rank !== "number") return node.unsupported("the rank of its result is not known before the run");
  return Array.from({ length: rank }, (_, axis) => node.unknownSide(axis));
}

function rangeLength(node: NodeView): number | undefined {
  const [start, limit, delta] = [0, 1, 2].map((input) => node.values(input)?.values[0]);
  if (start === undefined || limit === undefined || delta === undefined) return undefined;
  return Math.max(Math.ceil((limit - start) / delta), 0);
}

/** The dtype of attribute `name`, or that of the first input. */
export function dtypeAttribute(node: NodeView, name: string): Dtype {
  if (!node.hasAttribute(name)) return node.type(0).dtype;
  const number = node.int(name);
  return tensorType(number)?.dtype ?? node.fail(`${number} is no data type`);
}

const known = (dtype: "float32" | "int64", ...values: number[]): SampleInput => ({
  shape: [],
  dtype,
  values,
  constant: true,
});

export const CONSTANTS: readonly OpRow[] = [
  {
    op: "Shape",
    attributes: { start: "int", end: "int" },
    infer: (node) => [{ dtype: "int64", shape: [sidesOf(node).length] }],
    evaluate(node) {
      const sides = sidesOf(node);
      return isStatic(sides) ? [int64(sides)] : undefined;
    },
    gradient: "flat",
    flops: noFlops,
    samples: [
      { name: "all sides", inputs: [{ shape: [2, 3, 4] }] },
      { name: "some sides", inputs: [{ shape: [2, 3, 4] }], attributes: { start: 1, end: -1 } },
      { name: "of a scalar", inputs: [{ shape: [] }] },
    ],
  },
  {
    op: "Size",
    infer: () => [{ dtype: "int64", shape: [] }],
    evaluate(node) {
      const shape = node.shape(0);
      return isStatic(shape) ? [scalar(elements(shape), "int64")] : undefined;
    },
    gradient: "flat",
    flops: noFlops,
    samples: [{ name: "a matrix", inputs: [{ shape: [2, 3] }] }],
  },
  {
    op: "Constant",
    attributes: {
      value: "tensor",
      value_float: "float",
      value_floats: "floats",
      value_int: "int",
      value_ints: "ints",
      value_string: "string",
    },
    infer: (node) => {
      const { dtype, shape } = constantOf(node);
      return [{ dtype, shape }];
    },
    evaluate(node) {
      const value = constantOf(node);
      const values = "values" in value ? value : knownValues(value);
      return values && [values];
    },
    gradient: "flat",
    flops: noFlops,
    samples: [
      { name: "integers", inputs: [], attributes: { value_ints: [3, -1] } },
      { name: "a number", inputs: [], attributes: { value_float: 0.5 } },
      { name: "numbers", inputs: [], attributes: { value_floats: [0.5, 2] } },
      { name: "an integer", inputs: [], attributes: { value_int: 7 } },
    ],
  },
  {
    op: "ConstantOfShape",
    attributes: { value: "tensor" },
    infer: (node) => [{ dtype: filling(node)?.dtype ?? "float32", shape: wantedShape(node) }],
    evaluate(node) {
      const shape = node.values(0)?.values;
      const value = filling(node);
      const known = value === undefined ? scalar(0) : knownValues(value);
      return shape && known && made(known.dtype, shape, () => known.values[0]!);
    },
    gradient: "flat",
    flops: noFlops,
    samples: [
      { name: "a matrix", inputs: [{ shape: [2], dtype: "int64", values: [2, 3], constant: true }] },
      { name: "a scalar", inputs: [{ shape: [0], dtype: "int64", values: [], constant: true }] },
    ],
  },
  {
    // Without a gradient: floating-point ranges that depend on what is trained are unheard of.
    op: "Range",
    infer: (node) => [{ dtype: node.type(0).dtype, shape: [rangeLength(node) ?? node.unknownSide(0)] }],
    evaluate(node) {
      const length = rangeLength(node);
      const [start, delta] = [node.values(0)?.values[0], node.values(2)?.values[0]];
      if (length === undefined || start === undefined || delta === undefined) return undefined;
      return made(node.type(0).dtype, [length], (at) => start + at * delta);
    },
    flops: noFlops,
    samples: [
      { name: "upwards", inputs: [known("int64", 2), known("int64", 9), known("int64", 3)] },
      { name: "downwards", inputs: [known("float32", 1), known("float32", -1), known("float32", -0.75)] },
      { name: "nothing", inputs: [known("int64", 2), known("int64", 2), known("int64", 1)] },
    ],
  },
  {
    op: "EyeLike",
    attributes: { dtype: "int", k: "int" },
    infer: (node) => [{ dtype: dtypeAttribute(node, "dtype"), shape: node.shape(0) }],
    gradient: "flat",
    flops: noFlops,
    samples: [
      { name: "a square", inputs: [{ shape: [3, 3] }] },
      {
        name: "off the diagonal",
        inputs: [{ shape: [2, 4] }],
        attributes: { k: 1, dtype: dataTypeNumber("int64") },
      },
    ],
  },
];
