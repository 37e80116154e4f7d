/** Frozen matrices in fewer bytes, and the nodes that compute with them: what is float32 of one is there for a moment only. */
import { asBlocks, asFloat } from "../../formats/converted-tensor.ts";
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import { BLOCK, type BlockBits } from "../../formats/quantize-blocks.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder, PlainAttributes } from "../builder.ts";
import type { Node } from "../graph.ts";

export interface StoredMatrix {
  /** The weights that hold it, by the names they get in the graph. */
  readonly weights: ReadonlyMap<string, TensorRef>;
  /** Adds the nodes that make all of it float32. */
  readonly whole: (build: Builder) => string;
  /** Of a table: adds a Gather or Slice of its rows, in place of this node that takes them of the float32 matrix. */
  readonly rows?: (build: Builder, node: Node) => void;
}

/** A table whose parts have a row for each of its rows; `numbers` makes float32 of such rows. */
function byRows(
  weights: ReadonlyMap<string, TensorRef>,
  numbers: (build: Builder, parts: readonly string[]) => { op: string; attributes: PlainAttributes },
): StoredMatrix {
  const parts = [...weights.keys()];
  return {
    weights,
    whole: (build) => {
      const { op, attributes } = numbers(build, parts);
      return build.op(op, parts, attributes);
    },
    rows: (build, { op: take, inputs, outputs }) => {
      const rows = parts.map((part) => build.op(take, [part, ...inputs.slice(1)]));
      const { op, attributes } = numbers(build, rows);
      build.addNamed(op, rows, attributes, outputs[0]!);
    },
  };
}

/** Rounded to bfloat16. */
export function halfMatrix(name: string, tensor: TensorRef): StoredMatrix {
  const attributes = { to: dataTypeNumber("float32") };
  const weights = new Map([[`${name}.bf16`, asFloat(tensor, "bfloat16")]]);
  return byRows(weights, () => ({ op: "Cast", attributes }));
}

/** Eight bits, in blocks along its rows. */
export function byteTable(name: string, tensor: TensorRef): StoredMatrix {
  const { values, scales } = asBlocks(tensor, 8);
  const weights = new Map([
    [`${name}.int8`, values],
    [`${name}.scales`, scales],
  ]);
  return byRows(weights, (build, [values]) => ({
    op: "DequantizeLinear",
    attributes: { axis: build.shape(values!).length - 1, block_size: BLOCK },
  }));
}

/** A row for each block: ONNX Runtime 1.30 takes half the time for scales of rows that it takes for scales of blocks within rows. */
export function blockMatrix(name: string, tensor: TensorRef, bits: BlockBits): StoredMatrix {
  const { values, scales } = asBlocks(tensor, bits);
  const count = elementCount(scales.shape);
  const weights = new Map([
    [`${name}.int${bits}`, { ...values, shape: [count, BLOCK] }],
    [`${name}.scales`, { ...scales, shape: [count] }],
  ]);
  return {
    weights,
    whole: (build) => {
      const blocks = build.op("DequantizeLinear", [...weights.keys()], { axis: 0 });
      return build.op("Reshape", [blocks, build.ints(tensor.shape)]);
    },
  };
}
