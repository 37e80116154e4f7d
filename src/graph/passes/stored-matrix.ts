/** Frozen matrices in fewer bytes, and the nodes that compute with them: what is float32 of one is there for a moment only. */
import { asBlocks, asFloat } from "../../formats/converted-tensor.ts";
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import { BLOCK, type BlockBits } from "../../formats/quantize-blocks.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder } from "../builder.ts";

export interface StoredMatrix {
  readonly shape: readonly [rows: number, columns: number];
  /** The weights that hold it, by the names they get in the graph. */
  readonly weights: ReadonlyMap<string, TensorRef>;
  /** Adds the nodes that make all of it float32. */
  readonly whole: (build: Builder) => string;
  /** What finds rows of a table; others have no rows to be looked up. */
  readonly rows?: {
    /** Those at `indexes`, of any shape, with the name `output` where one is given. */
    readonly at: (build: Builder, indexes: string, output?: string) => string;
    readonly between: (build: Builder, from: number, to: number) => string;
  };
}

const named = (build: Builder, op: string, inputs: string[], attributes: object, output?: string): string =>
  output === undefined
    ? build.op(op, inputs, { ...attributes })
    : build.addNamed(op, inputs, { ...attributes }, output);

/** A table whose parts have a row for each of its rows; `numbers` makes float32 of such rows. */
function byRows(
  { shape }: TensorRef,
  weights: ReadonlyMap<string, TensorRef>,
  numbers: (build: Builder, parts: string[], output?: string) => string,
): StoredMatrix {
  const parts = [...weights.keys()];
  return {
    shape: shape as [number, number],
    weights,
    whole: (build) => numbers(build, parts),
    rows: {
      at: (build, indexes, output) =>
        numbers(
          build,
          parts.map((part) => build.op("Gather", [part, indexes], { axis: 0 })),
          output,
        ),
      between: (build, from, to) =>
        numbers(
          build,
          parts.map((part) =>
            build.op("Slice", [part, build.ints([from]), build.ints([to]), build.ints([0])]),
          ),
        ),
    },
  };
}

/** Rounded to bfloat16. */
export function halfMatrix(name: string, tensor: TensorRef): StoredMatrix {
  const to = dataTypeNumber("float32");
  return byRows(tensor, new Map([[`${name}.bf16`, asFloat(tensor, "bfloat16")]]), (build, parts, output) =>
    named(build, "Cast", parts, { to }, output),
  );
}

/** Eight bits, in blocks along its rows. */
export function byteTable(name: string, tensor: TensorRef): StoredMatrix {
  const { values, scales } = asBlocks(tensor, 8);
  const weights = new Map([
    [`${name}.int8`, values],
    [`${name}.scales`, scales],
  ]);
  return byRows(tensor, weights, (build, parts, output) => {
    const axis = build.shape(parts[0]!).length - 1;
    return named(build, "DequantizeLinear", parts, { axis, block_size: BLOCK }, output);
  });
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
    shape: tensor.shape as [number, number],
    weights,
    whole: (build) => {
      const blocks = build.op("DequantizeLinear", [...weights.keys()], { axis: 0 });
      return build.op("Reshape", [blocks, build.ints(tensor.shape)]);
    },
  };
}
