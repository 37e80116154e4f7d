/** The nodes of one adapted layer, as PEFT computes it (huggingface/peft, tuners/lora/{layer,dora}.py). */
import { FrugalError } from "../../core/error.ts";
import { fromFloat32, toFloat32 } from "../../formats/convert-dtype.ts";
import { byteSize, type ComputedBytes, type TensorRef, tensorBytes } from "../../formats/tensor-ref.ts";
import type { Builder, PlainAttributes } from "../builder.ts";
import { type Node, nodeLabel } from "../graph.ts";
import type { LoraLayer } from "./add-lora.ts";

/**
 * Adds the layer in place of `node`.
 * @param mask what the input of A is multiplied by, of the input's shape; undefined: nothing is dropped.
 * @returns values that carry no gradient back.
 */
export function addLoraLayer(
  build: Builder,
  node: Node,
  layer: LoraLayer,
  mask: string | undefined,
): readonly string[] {
  const [x, weight, bias] = node.inputs as [string, string, string | undefined];
  const output = node.outputs[0]!;
  const base = `${output}/base`;
  const within = <T>(add: () => T): T => build.within(`${node.name}/lora`, add);
  const reduced = (input: string): string => build.op("Gemm", [input, layer.a], { transB: 1 });
  const dropped = (): string => (mask === undefined ? x : build.op("Mul", [x, mask]));
  if (layer.magnitude === undefined) {
    build.add({ ...node, name: base, outputs: [base] });
    within(() => build.addNamed("Gemm", [reduced(dropped()), layer.b, base], scaled(layer.scale), output));
    return [];
  }
  requirePlain(node, build.name);
  const linear = (input: string, name: string, withBias: boolean): void => {
    const inputs = [input, weight, ...(withBias && bias ? [bias] : [])];
    build.add({ ...node, name, inputs, outputs: [name] });
  };
  linear(x, base, mask !== undefined);
  return within(() => {
    const length = rowLengths(build, layer, node);
    const gain = build.op("Div", [layer.magnitude!, length]);
    if (mask === undefined) {
      const sum = build.op("Gemm", [reduced(x), layer.b, base], scaled(layer.scale));
      const parts = [sum, gain];
      if (bias) build.addNamed("Add", [build.op("Mul", parts), bias], {}, output);
      else build.addNamed("Mul", parts, {}, output);
      return [length];
    }
    // What is dropped is dropped in W · x as well, but for the layer's own answer.
    const input = dropped();
    const other = `${output}/dropped`;
    linear(input, other, false);
    const sum = build.op("Gemm", [reduced(input), layer.b, other], scaled(layer.scale));
    const more = build.op("Sub", [build.op("Mul", [sum, gain]), other]);
    build.addNamed("Add", [base, more], {}, output);
    return [length];
  });
}

/**
 * ‖w + s · b·A‖ of each row, from ‖w‖² + 2s · b·(A·w) + s² · b·(A·Aᵀ)·bᵀ: no matrix of the layer's size is made.
 * Seen as a constant by the gradient (Liu et al. 2024, arxiv.org/abs/2402.09353, section 4.3).
 */
function rowLengths(build: Builder, { a, b, scale, weight, outputsLast }: LoraLayer, { name }: Node): string {
  const tensor = build.weightOf(weight);
  const squares =
    tensor === undefined
      ? build.op("ReduceSum", [build.op("Mul", [weight, weight]), build.ints([outputsLast ? 0 : 1])], {
          keepdims: 0,
        })
      : build.weight(`${name}.row_squares`, rowSquares(tensor, outputsLast));
  const along = build.op("Gemm", [weight, a], { transB: 1, ...(outputsLast && { transA: 1 }) });
  const inner = build.op("Gemm", [a, a], { transB: 1 });
  const both = build.op("Gemm", [b, inner, along], { alpha: scale * scale, beta: 2 * scale });
  const added = build.op("ReduceSum", [build.op("Mul", [both, b]), build.ints([1])], { keepdims: 0 });
  return build.op("Sqrt", [build.op("Add", [squares, added])]);
}

/** ‖w‖² of each output of a layer, float32. @param outputsLast for weights [in, out]. */
export function rowSquares(tensor: TensorRef, outputsLast: boolean): TensorRef {
  const [rows, columns] = tensor.shape as [number, number];
  const size = outputsLast ? columns : rows;
  const bytesOf = (bytes: Uint8Array): Uint8Array => {
    const values = toFloat32(bytes, tensor.dtype);
    const squares = new Float64Array(size);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        squares[outputsLast ? column : row]! += values[row * columns + column]! ** 2;
      }
    }
    return fromFloat32(Float32Array.from(squares), "float32");
  };
  const data: Uint8Array | ComputedBytes =
    tensor.data instanceof Uint8Array
      ? bytesOf(tensor.data)
      : {
          length: byteSize("float32", [size]),
          async *pieces(files) {
            yield bytesOf(await tensorBytes(files, tensor));
          },
        };
  return { dtype: "float32", shape: [size], data };
}

const scaled = (alpha: number): PlainAttributes => ({ transB: 1, ...(alpha !== 1 && { alpha }) });

function requirePlain(node: Node, graph: string): void {
  const odd = ["alpha", "beta"].find((name) => (node.attributes[name]?.value ?? 1) !== 1);
  if (odd === undefined) return;
  throw new FrugalError({
    code: "graph-unsupported",
    what: `DoRA on ${nodeLabel(node, graph)}`,
    why: `its ${odd} is ${node.attributes[odd]!.value}`,
    remedy: "adapt this layer without use_dora",
  });
}
