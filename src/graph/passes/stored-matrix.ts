/** Frozen matrices in fewer bytes, and the nodes that compute with them: what is float32 of one is there for a moment only. */
import { invariant } from "../../core/error.ts";
import { asBlocks, asFloat } from "../../formats/converted-tensor.ts";
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import { BLOCK, type BlockBits } from "../../formats/quantize-blocks.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";
import { isStatic } from "../shapes.ts";

export interface StoredMatrix {
  /** The weights that hold it, by the names they get in the graph. */
  readonly weights: ReadonlyMap<string, TensorRef>;
  /** Adds the nodes that make all of it float32. */
  readonly whole: (build: Builder) => string;
  /** Adds a Gather or Slice of its rows, in place of this node that takes them of the float32 matrix. */
  readonly rows: (build: Builder, node: Node) => void;
}

/** Rounded to bfloat16. */
export function halfMatrix(name: string, tensor: TensorRef): StoredMatrix {
  const half = `${name}.bf16`;
  const to = dataTypeNumber("float32");
  return {
    weights: new Map([[half, asFloat(tensor, "bfloat16")]]),
    whole: (build) => build.op("Cast", [half], { to }),
    rows: (build, { op, inputs, outputs }) => {
      build.addNamed("Cast", [build.op(op, [half, ...inputs.slice(1)])], { to }, outputs[0]!);
    },
  };
}

/** A row for each block: ONNX Runtime 1.30 takes half the time for scales of rows that it takes for scales of blocks within rows. */
export function blockMatrix(name: string, tensor: TensorRef, bits: BlockBits): StoredMatrix {
  const { values, scales } = asBlocks(tensor, bits);
  const count = elementCount(scales.shape);
  const weights = new Map([
    [`${name}.int${bits}`, { ...values, shape: [count, BLOCK] }],
    [`${name}.scales`, { ...scales, shape: [count] }],
  ]);
  const parts = [...weights.keys()];
  const columns = tensor.shape[1]!;
  const perRow = columns / BLOCK;
  const numbers = (build: Builder, blocks: readonly string[]): string =>
    build.op("DequantizeLinear", blocks, { axis: 0 });
  return {
    weights,
    whole: (build) => build.op("Reshape", [numbers(build, parts), build.ints(tensor.shape)]),
    rows: (build, { op, inputs, outputs: [output] }) => {
      const [, where, end] = inputs as [string, string, string];
      const take =
        op === "Gather"
          ? ["Gather", blocksOf(build, where, perRow)]
          : [
              "Slice",
              ...[where, end].map((bound) =>
                build.ints([Math.min(rowOf(build, bound), tensor.shape[0]!) * perRow]),
              ),
            ];
      const taken = parts.map((part) => build.op(take[0]!, [part, ...take.slice(1)]));
      const shape = op === "Gather" ? shapeOf(build, where) : [-1];
      build.addNamed("Reshape", [numbers(build, taken), build.ints([...shape, columns])], {}, output!);
    },
  };
}

/** Of each row at `indexes`, the places of its blocks, all in one vector. */
function blocksOf(build: Builder, indexes: string, perRow: number): string {
  const dtype = build.typeOf(indexes)?.dtype ?? "int64";
  const first = build.op("Mul", [
    build.op("Reshape", [indexes, build.ints([-1, 1])]),
    build.scalar(perRow, dtype),
  ]);
  const own = build.constant({
    dtype,
    shape: [perRow],
    values: Array.from({ length: perRow }, (_, at) => at),
  });
  return build.op("Reshape", [build.op("Add", [first, own]), build.ints([-1])]);
}

function shapeOf(build: Builder, value: string): readonly number[] {
  const shape = build.shape(value);
  invariant(isStatic(shape), `the shape of ${value} is known`);
  return shape;
}

function rowOf(build: Builder, bound: string): number {
  const known = build.valuesOf(bound)?.values;
  invariant(known?.length === 1, "a table is cut between rows that are known");
  return known[0]!;
}
